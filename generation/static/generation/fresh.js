// Pages of figures keep themselves up to date while somebody looks at them: each part of the page that is marked
// data-fresh is replaced by its newer self, and only where it differs.

import { keepTime, showTimes } from "./clock.js";

const EVERY = 3000;

/** Parts as the server sent them, by id: what the clock wrote into them must not pass for a change. */
const pristine = new Map(parts(document).map((part) => [part.id, part.cloneNode(true)]));

/** @param {ParentNode} root @returns {HTMLElement[]} */
function parts(root) {
  return [...root.querySelectorAll("[data-fresh]")].map((part) => /** @type {HTMLElement} */ (part));
}

async function look() {
  if (document.hidden) return;
  const response = await fetch(location.href, { headers: { Accept: "text/html" } }).catch(() => null);
  if (!response?.ok || response.redirected) return;
  const fresh = new DOMParser().parseFromString(await response.text(), "text/html");
  parts(document).forEach((old) => renew(old, fresh.getElementById(old.id)));
  showTimes();
}

/** @param {HTMLElement} old @param {HTMLElement | null} fresh */
function renew(old, fresh) {
  // somebody who is about to press Enter on a link keeps it
  if (!fresh || old.contains(document.activeElement) || pristine.get(old.id)?.isEqualNode(fresh)) return;
  pristine.set(old.id, fresh.cloneNode(true));
  old.replaceWith(fresh);
}

keepTime();
setInterval(look, EVERY);

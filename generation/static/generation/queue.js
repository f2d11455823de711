// The queue keeps itself up to date while somebody looks at it.

import { keepTime, showTimes } from "./clock.js";

const EVERY = 3000;

async function look() {
  if (document.hidden) return;
  const response = await fetch(location.href, { headers: { Accept: "text/html" } }).catch(() => null);
  if (!response?.ok || response.redirected) return;
  const fresh = new DOMParser().parseFromString(await response.text(), "text/html").getElementById("queue");
  const old = document.getElementById("queue");
  // somebody who is about to press Enter on a link keeps it
  if (!fresh || !old || fresh.isEqualNode(pristine) || old.contains(document.activeElement)) return;
  pristine = /** @type {HTMLElement} */ (fresh.cloneNode(true));
  old.replaceWith(fresh);
  showTimes();
}

let pristine = document.getElementById("queue")?.cloneNode(true) ?? null;
keepTime();
setInterval(look, EVERY);

// The list of steps, arranged in place: dragged by its handle (mouse, pen and finger), or moved by its buttons and numbers
// without the page being loaded anew. Without this script the buttons post, as they always did.

import { wireDragging } from "./dragging.js";
import { freshToken, isLogin, token } from "./token.js";

const list = /** @type {HTMLElement | null} */ (document.querySelector(".outline"));

const rows = () => [...list.querySelectorAll(":scope > .outline-row")];
const numberOf = (row) => rows().indexOf(row) + 1;

// --- moving ---------------------------------------------------------------------------------------------------------

/** @param {Record<string, string>} place as the form would say it */
async function move(row, address, place) {
  const from = numberOf(row);
  const order = await post(row, address, new URLSearchParams(place));
  if (!order) return;
  arrange(order);
  const to = numberOf(row);
  say("polite", from === to ? `Step ${from} stays where it is.` : `Step ${from} moved to place ${to}.`);
}

async function post(row, address, body, again = true) {
  const headers = { Accept: "application/json", "X-CSRFToken": token() };
  try {
    const response = await fetch(address, { method: "POST", headers, body });
    if (response.ok && !isLogin(response)) return (await response.json()).order;
    if ((isLogin(response) || response.status === 403) && again) {
      const answer = await freshToken();
      if (answer.token) return post(row, address, body, false);
      return complain(answer.link ? "You have been logged out: nothing was moved." : answer.words);
    }
    return complain(response.status === 422 ? (await response.json()).message : "This step cannot be moved any more. Reload the page.");
  } catch {
    return complain("The server cannot be reached: nothing was moved.");
  }
}

/** The rows in the server's order; one that is gone there stays until the page is loaded anew. */
function arrange(order) {
  const focused = /** @type {HTMLElement | null} */ (document.activeElement);
  for (const id of order) {
    const row = document.getElementById(`step-${id}`);
    if (row) list.append(row);
  }
  rows().forEach(renumber);
  if (focused && focused !== document.activeElement) refocus(focused);
}

function refocus(control) {
  const other = control.matches(":disabled") ? control.parentElement.querySelector("button:not(:disabled)") : control;
  other?.focus();
}

function renumber(row, index, all) {
  row.querySelector(".outline-number").textContent = index + 1;
  row.querySelector("[name=number]").value = index + 1;
  row.querySelector("[value=up]").disabled = index === 0;
  row.querySelector("[value=down]").disabled = index === all.length - 1;
  for (const control of row.querySelectorAll("[aria-label]")) {
    control.setAttribute("aria-label", control.getAttribute("aria-label").replace(/step \d+/, `step ${index + 1}`));
  }
}

function say(how, words) {
  const region = document.getElementById(how);
  if (region) region.textContent = words;
}

function complain(words) {
  const line = document.createElement("p");
  line.className = "notice notice-error";
  line.textContent = words;
  document.getElementById("messages")?.replaceChildren(line);
  line.scrollIntoView({ block: "nearest" });
  say("assertive", words);
}

// --- by buttons -----------------------------------------------------------------------------------------------------

document.addEventListener("submit", (event) => {
  const button = /** @type {HTMLButtonElement | null} */ (event.submitter);
  const row = button?.name === "to" ? button.closest(".outline-row") : null;
  if (!row) return;
  event.preventDefault();
  const address = button.hasAttribute("formaction") ? button.formAction : event.target.action;
  move(row, address, { to: button.value, number: row.querySelector("[name=number]").value });
}, true);

// --- texts that were edited here ------------------------------------------------------------------------------------

function show(event) {
  const row = event.target.closest(".outline-row");
  if (!row) return;
  const { title, description, script_phrase: script } = event.detail.values;
  const text = description ?? script ?? "";
  row.querySelector("h3 a").textContent = title || shorten(text, 80) || "Without words";
  row.querySelector(".outline-text").textContent = title ? shorten(text, 240) : "";
}

const shorten = (text, most) => (text.length > most ? `${text.slice(0, most - 1)}…` : text);

if (list) {
  wireDragging(list, (row, address, number) => move(row, address, { to: "number", number: String(number) }));
  list.addEventListener("autosaved", show);
}

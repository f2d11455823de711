// The board, live. The page is whole without this script; with it, what changes is swapped in place, the server's own
// fragments, without moving scroll or focus.

import { announce, say, toast } from "./announce.js";
import { Live } from "./live.js";
import { keepTime, showTimes } from "./clock.js";
import { replaceBoard, remember, swap } from "./swap.js";
import { showProgress } from "./favicon.js";
import { wireForms } from "./verbs.js";

const page = /** @type {HTMLElement} */ (document.getElementById("board"));

/** What this page shows is true up to this event. */
let number = Number(page.dataset.number);
let active = Boolean(page.dataset.active);

const CHIPS = { live: "Live", reconnecting: "Reconnecting", polling: "Polling", offline: "Offline", gone: "Not available any more" };

/** Fetch what has changed since `number` and show it. */
async function catchUp() {
  return page.dataset.changes ? catchUpBoard() : catchUpPage();
}

async function catchUpBoard() {
  const query = new URLSearchParams(location.search);
  query.set("since", String(number));
  const response = await fetch(`${page.dataset.changes}?${query}`, { headers: { Accept: "application/json" } });
  if (response.status === 404) return live.end();
  if (!response.ok) throw new Error(String(response.status));
  const changes = await response.json();
  if (changes.reload) {
    number = await reload(location.href);
  } else {
    const arrived = changes.fragments.flatMap((fragment) => swap(fragment.id, fragment.html) ?? []);
    number = changes.number;
    ({ active } = changes);
    showTimes();
    showProgress(page.dataset.title, changes.done, changes.total, active, changes.asks);
    await followNewest(arrived, changes.events);
  }
  announce(changes.events, page.dataset.user);
}

/** A page without fragments of its own is read anew as a whole; what differs of its live parts is put in place. */
async function catchUpPage() {
  const fresh = await read(location.href);
  swapParts(fresh);
  number = Number(fresh.dataset.number);
  showTimes();
  offerCopying();
}

function swapParts(fresh) {
  const arrived = [...fresh.querySelectorAll("[data-live]")].filter((part) => swap(part.id, part.outerHTML));
  // one that is only shown elsewhere on the page is no news
  if (arrived.some((part) => part.id === "takes")) say("polite", "A new picture is here.");
  for (const name of fresh.getAttributeNames()) page.setAttribute(name, fresh.getAttribute(name));
}

async function read(address) {
  const response = await fetch(address, { headers: { Accept: "text/html" } });
  if (response.status === 404) live.end();
  if (!response.ok) throw new Error(String(response.status));
  const fresh = new DOMParser().parseFromString(await response.text(), "text/html").getElementById("board");
  if (!fresh) throw new Error("no board");
  return fresh;
}

/** Whether somebody writes into a text of the board: no part of it that holds the text may be replaced under his hands. */
const isWriting = () => Boolean(document.activeElement?.closest("#board details[data-edit]"));
let owed = false;

/** Read the page again and put its board in the place of ours; return the number it knows. */
async function reload(address) {
  const fresh = await read(address);
  owed = isWriting();
  if (owed) swapParts(fresh);
  else replaceBoard(page, fresh);
  active = Boolean(page.dataset.active);
  showTimes();
  showAll();
  showLive();
  offerCopying();
  document.dispatchEvent(new CustomEvent("replaced"));
  return Number(fresh.dataset.number);
}

page.addEventListener("focusout", () => {
  setTimeout(async () => {
    if (owed && !isWriting()) number = await reload(location.href);
  });
});

/** How far all of it is, as the page itself says. */
function showAll() {
  const { title, done, total, asks } = page.dataset;
  showProgress(title, Number(done), Number(total), active, Boolean(asks));
}

/** @param {HTMLElement[]} arrived frames with a new picture @param {{kind: string, label: string}[]} events */
async function followNewest(arrived, events) {
  const toggle = /** @type {HTMLInputElement | null} */ (document.getElementById("newest"));
  if (!toggle?.checked) return;
  arrived.at(-1)?.scrollIntoView({ block: "nearest" });
  const label = events.filter((event) => event.kind === "frame.completed").at(-1)?.label;
  if (page.classList.contains("view-player") && label) await turnTo(label);
}

/** In the player: the page of another step, without leaving this one. */
async function turnTo(label) {
  const link = [...document.querySelectorAll("#step-nav a")].find((other) => other.dataset.label === label);
  if (!link || link.getAttribute("aria-current")) return;
  number = await reload(link.href);
  history.replaceState(null, "", link.href);
}

function showLive(state = live.state) {
  const place = document.getElementById("live");
  const shown = document.getElementById("chip");
  if (!place || !shown) return;
  place.hidden = false;
  shown.dataset.state = state;
  shown.textContent = CHIPS[state] + (state === "reconnecting" && live.wait > 1 ? ` (${live.wait} s)` : "");
  const toggle = /** @type {HTMLInputElement | null} */ (document.getElementById("newest"));
  if (toggle) toggle.checked = localStorage.getItem("newest") === "1";
}

const live = new Live({
  project: page.dataset.project,
  since: () => number,
  catchUp,
  busy: () => active,
  show: showLive,
  heard(message) {
    if (message.type === "progress") return showSampling(message);
    if (message.type === "event" && (message.number <= number || !concerns(message))) return;
    if (message.type !== "alive" || active) live.refresh();
  },
});

/** A page of one frame cares for that frame and the one it is made from. */
function concerns(message) {
  const watched = page.dataset.watch?.split(" ");
  return !watched || !message.frames?.length || message.frames.some((id) => watched.includes(String(id)));
}

function showSampling({ frame, done, total }) {
  const bar = /** @type {HTMLProgressElement | null} */ (document.querySelector(`#frame-${frame} .making, [data-frame="${frame}"] .frame-large .making`));
  if (!bar) return;
  bar.hidden = false;
  bar.max = total;
  bar.value = done;
}

page.addEventListener("change", (event) => {
  if (/** @type {HTMLElement} */ (event.target).id === "newest") {
    localStorage.setItem("newest", /** @type {HTMLInputElement} */ (event.target).checked ? "1" : "");
  }
});
document.addEventListener("click", (event) => {
  const button = /** @type {HTMLElement} */ (event.target).closest("[data-copy]");
  if (!button) return;
  const text = document.getElementById(/** @type {HTMLElement} */ (button).dataset.copy)?.textContent ?? "";
  navigator.clipboard.writeText(text).then(() => toast("Copied."), () => toast("Your browser did not allow it."));
});

function offerCopying() {
  for (const button of document.querySelectorAll("[data-copy]")) button.toggleAttribute("hidden", !navigator.clipboard);
}

remember(page);
keepTime();
offerCopying();
wireForms(() => live.refresh());
if (page.dataset.changes) showAll();
live.start();

// Keys for those who work without a mouse. A page says in its markup what there is; nothing here knows any page.
//
//   data-key="r"           the element is clicked on that key (a field gets the focus). Several keys: data-key="k ArrowLeft".
//                          Inside of an item it is meant for the item that has the focus, else it is meant for the page.
//   data-key-label="…"     what the list of keys calls it; without it its aria-label, else its own words. Elements with
//                          the same label share a line ("1 2 3").
//   data-keys-item="step"  J, K and the arrows to the right and left move through these; the word is what one of them is
//                          called. The focus goes to its [data-keys-open], else to its first link, so Enter opens it.
//   data-fullscreen        F shows this element over the whole screen: that of the item with the focus, else the page's first.
//
// What is hidden or aria-disabled is passed over. Where somebody types, nothing is a key, and nothing is one together
// with Control, Alt or Meta. `?` and a button at the foot of the page list the keys of this page and switch them off.

const SETTING = "keys";
const TYPING = "textarea, select, [contenteditable]:not([contenteditable='false']), input:not([type='checkbox'], [type='button'], [type='submit'])";
const NAMES = { arrowleft: "←", arrowright: "→", arrowup: "↑", arrowdown: "↓", escape: "Esc", " ": "Space" };
const STEPS = { j: 1, arrowright: 1, k: -1, arrowleft: -1 };

const switchedOff = () => localStorage.getItem(SETTING) === "off";

/** @param {string} selector @param {ParentNode} root @returns {HTMLElement[]} those that somebody could use now */
function usable(selector, root = document) {
  const all = /** @type {HTMLElement[]} */ ([...root.querySelectorAll(selector)]);
  return all.filter((element) => element.getAttribute("aria-disabled") !== "true" && element.checkVisibility());
}

/** The item that has the focus. @returns {HTMLElement | null} */
const currentItem = () => document.activeElement?.closest("[data-keys-item]") ?? null;

/** Of elements of one kind the one that is meant: of the item with the focus, else the first that is in no item. */
function meant(elements) {
  const item = currentItem();
  const inside = item && elements.find((element) => item.contains(element));
  return inside ?? elements.find((element) => !element.closest("[data-keys-item]"));
}

/** @param {HTMLElement} element */
const keysOf = (element) => (element.dataset.key ?? "").toLowerCase().split(/\s+/).filter(Boolean);

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.isComposing || switchedOff()) return;
  if (event.ctrlKey || event.altKey || event.metaKey || isBusy(event.target)) return;
  const key = event.key.toLowerCase();
  if (event.shiftKey && key !== "?") return;
  if (press(key, event.repeat)) event.preventDefault();
});

/** Whether keys mean something else here. */
function isBusy(target) {
  return document.querySelector("dialog[open]") || (target instanceof Element && target.closest(TYPING));
}

/** Do what a key stands for; whether it stands for anything. */
function press(key, repeated) {
  const element = meant(usable("[data-key]").filter((other) => keysOf(other).includes(key)));
  if (element) return repeated || act(element);
  if (key in STEPS) return move(STEPS[key]);
  if (repeated) return false;
  if (key === "f") return showWhole();
  return key === "?" && showKeys();
}

function act(element) {
  if (element.matches("input, select, textarea")) element.focus();
  else element.click();
  return true;
}

/** @param {number} by */
function move(by) {
  const items = usable("[data-keys-item]");
  const at = items.indexOf(/** @type {HTMLElement} */ (currentItem()));
  const next = at < 0 ? items.find((item) => item.getBoundingClientRect().bottom > 0) : items[at + by];
  if (next) /** @type {HTMLElement} */ (next.querySelector("[data-keys-open]") ?? next.querySelector("a[href]") ?? next).focus();
  return items.length > 0;
}

function showWhole() {
  const picture = meant(usable("[data-fullscreen]")) ?? usable("[data-fullscreen]")[0];
  if (!picture || !document.fullscreenEnabled) return false;
  if (document.fullscreenElement) document.exitFullscreen();
  else picture.requestFullscreen();
  return true;
}

// --- the list of keys ---

/** What this page's keys are called, with the keys of each. @returns {Map<string, string[]>} */
function lines() {
  const found = new Map();
  const add = (label, keys) => found.set(label, [...new Set([...(found.get(label) ?? []), ...keys])]);
  for (const element of usable("[data-key]")) add(labelOf(element), keysOf(element));
  const noun = usable("[data-keys-item]")[0]?.dataset.keysItem || "one";
  if (usable("[data-keys-item]").length) {
    add(`Next ${noun}`, ["j", "arrowright"]);
    add(`The ${noun} before`, ["k", "arrowleft"]);
    add("Open it", ["enter"]);
  }
  if (usable("[data-fullscreen]").length && document.fullscreenEnabled) add("Picture over the whole screen", ["f"]);
  return add("This list", ["?"]);
}

function labelOf(element) {
  const words = element.dataset.keyLabel ?? element.getAttribute("aria-label") ?? element.textContent ?? "";
  return words.replace(/\s+/g, " ").replace(/…$/, "").trim();
}

function make(name, words = "", options = {}) {
  return Object.assign(document.createElement(name), { textContent: words }, options);
}

function showKeys() {
  const dialog = make("dialog", "", { className: "keys-dialog" });
  const head = make("h2", "Keys of this page", { id: "keys-name" });
  const list = make("dl", "", { className: "keys-list" });
  for (const [label, keys] of lines()) {
    const names = make("dt");
    for (const key of keys.sort((one, other) => Number(one) - Number(other) || 0)) names.append(make("kbd", NAMES[key] ?? (key.length > 1 ? key[0].toUpperCase() + key.slice(1) : key.toUpperCase())));
    list.append(names, make("dd", label));
  }
  const close = make("button", "Close", { type: "button", onclick: () => dialog.close() });
  dialog.setAttribute("aria-labelledby", head.id);
  dialog.append(head, list, theSwitch(), close);
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
  return true;
}

/** Single letters are in the way of those who speak to their computer: everybody may do without them. */
function theSwitch() {
  const place = make("div");
  const label = make("label", "", { className: "choice" });
  const box = make("input", "", { type: "checkbox", checked: !switchedOff() });
  const told = make("p", "", { className: "small muted", role: "status" });
  box.addEventListener("change", () => {
    localStorage.setItem(SETTING, box.checked ? "on" : "off");
    told.textContent = box.checked ? "Keys are on." : "Keys are off. The button at the foot of each page brings them back.";
  });
  label.append(box, make("span", "Keys work on this site, in this browser"));
  place.append(label, told);
  return place;
}

const button = make("button", "Keys", { type: "button", className: "button-plain", onclick: showKeys });
button.setAttribute("aria-haspopup", "dialog");
document.querySelector(".site-foot")?.append(button);

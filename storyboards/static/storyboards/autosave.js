// Text that saves itself while somebody writes it, and is not lost where that fails.
//
// Markup, wherever a step is edited (a page may put such forms in later; everything is delegated):
//
//   <form method="post" data-autosave="/steps/7/save/" …>
//     {% csrf_token %}                                 optional: any token of the page does
//     <input type="hidden" name="version" value="3">   the version that the fields below show
//     <input name="title"> <textarea name="description"> …   any fields of `StepForm`, by its names
//     <p data-saved></p>                               optional: where “Saved 12:04” is told; made at the end if not there
//   </form>
//
// or, for a form that is made only once somebody wants it:
//
//   <details data-edit="/steps/7/save/" data-fields="title description" hidden><summary>Edit here</summary></details>
//
// which shows itself where this script runs, and asks for the texts when it is opened.
//
// A changed field is sent after a pause of 800 ms and when it is left. The form fires (bubbling):
//   autosaved   everything in it is stored now; detail: {version, values}: the values by name
// A page that swaps parts of itself must leave open forms alone, and call `offerDrafts(part)` for parts with forms that
// it puts in. Text that could not be sent is kept in localStorage and offered on return.

import { freshToken, isLogin, notice, token } from "./token.js";

const PAUSE = 800;
const AGAIN = 10_000;
const KEPT = 30 * 24 * 3600 * 1000;

/** What we know of a form: `base` is what the server has, by name. */
const states = new WeakMap();

/** @param {HTMLFormElement} form */
const isUnsaved = (form) => states.has(form) && Object.keys(changed(form)).length > 0;

/** Ask before texts are thrown over that were not sent when this page was left. */
export function offerDrafts(root = document) {
  for (const form of root.querySelectorAll("form[data-autosave]")) offerDraft(form);
}

// --- a form and its fields ------------------------------------------------------------------------------------------

function stateOf(form) {
  if (!states.has(form)) states.set(form, { base: defaults(form), timer: 0, sending: null, conflict: null });
  return states.get(form);
}

const HIDDEN = new Set(["hidden", "submit", "button", "file", "image", "reset"]);
const fieldsOf = (form) => [...form.elements].filter((field) => field.name && !HIDDEN.has(field.type));
const valueOf = (field) => (field.type === "checkbox" ? field.checked : plain(field.value));
const plain = (text) => String(text ?? "").replace(/\r\n?/g, "\n");
const same = (one, other) => (typeof one === "boolean" ? one === Boolean(other) : plain(one).trim() === plain(other).trim());
/** As the server wrote the page: a browser may have filled in what it remembers. */
const defaults = (form) => Object.fromEntries(fieldsOf(form).map((field) => [field.name, defaultOf(field)]));
const values = (form) => Object.fromEntries(fieldsOf(form).map((field) => [field.name, valueOf(field)]));

function defaultOf(field) {
  if (field.type === "checkbox") return field.defaultChecked;
  if (field instanceof HTMLSelectElement) return ([...field.options].find((one) => one.defaultSelected) ?? field.options[0])?.value;
  return plain(field.defaultValue);
}

function changed(form) {
  const { base } = stateOf(form);
  return Object.fromEntries(Object.entries(values(form)).filter(([name, value]) => !same(value, base[name])));
}

function put(form, name, value) {
  const field = form.elements.namedItem(name);
  if (field.type === "checkbox") field.checked = Boolean(value);
  else field.value = value;
}

// --- when to save ---------------------------------------------------------------------------------------------------

const autosaving = (target) => /** @type {Element} */ (target).closest?.("form[data-autosave]");

document.addEventListener("input", (event) => wait(autosaving(event.target)));
document.addEventListener("focusout", (event) => {
  const form = autosaving(event.target);
  if (form && isUnsaved(form)) save(form);
});
document.addEventListener("visibilitychange", () => {
  if (document.visibilityState === "hidden") forAll((form) => save(form, { keepalive: true }));
});
window.addEventListener("online", () => forAll((form) => save(form)));
window.addEventListener("focus", () => forAll((form) => save(form))); // back from the log-in in another tab
// the ordinary button must not overtake a save that is on its way
document.addEventListener("submit", holdBack, true);

function forAll(act) {
  for (const form of document.querySelectorAll("form[data-autosave]")) if (states.has(form)) act(form);
}

function wait(form, pause = PAUSE) {
  if (!form) return;
  const state = stateOf(form);
  keep(form);
  clearTimeout(state.timer);
  state.timer = setTimeout(() => save(form), pause);
}

function holdBack(event) {
  const form = /** @type {HTMLFormElement} */ (event.target);
  const state = states.get(form);
  if (!state) return;
  clearTimeout(state.timer);
  if (!state.sending && !state.conflict) {
    form.addEventListener("formdata", () => forget(form), { once: true }); // it is really sent
    return;
  }
  event.preventDefault();
  event.stopImmediatePropagation();
  const submitter = event.submitter ?? undefined;
  if (state.conflict) state.conflict.querySelector("button").focus();
  else state.sending.finally(() => form.requestSubmit(submitter));
}

// --- saving ---------------------------------------------------------------------------------------------------------

async function save(form, options = {}) {
  const state = stateOf(form);
  clearTimeout(state.timer);
  if (state.sending || state.conflict) return;
  const sent = changed(form);
  if (!Object.keys(sent).length) return settled(form);
  say(form, "Saving…");
  state.sending = send(form, sent, options);
  const outcome = await state.sending;
  state.sending = null;
  outcome();
}

/** Returns what is to be done about the answer. */
async function send(form, sent, options, again = true) {
  const headers = { "Content-Type": "application/json", Accept: "application/json", "X-CSRFToken": token(form) };
  const body = JSON.stringify({ ...sent, version: form.elements.namedItem("version").value });
  try {
    const response = await fetch(form.dataset.autosave, { method: "POST", headers, body, ...options });
    if (isLogin(response) || response.status === 403) {
      const answer = await freshToken();
      return answer.token && again ? send(form, sent, options, false) : () => failed(form, answer);
    }
    if (response.status === 404) return () => failed(form, { words: "This step is not there any more. Your text is still here to copy." });
    return react(form, sent, response.status, await response.json());
  } catch {
    return () => failed(form, { words: "the server cannot be reached" }, AGAIN);
  }
}

function react(form, sent, status, answer) {
  if (status === 200) return () => stored(form, sent, answer);
  if (status === 409) return () => overtaken(form, answer);
  return () => failed(form, { words: answer.message });
}

function stored(form, sent, answer) {
  Object.assign(stateOf(form).base, sent);
  form.elements.namedItem("version").value = answer.version;
  form.querySelector(".not-sent")?.remove();
  if (isUnsaved(form)) return wait(form, 0);
  say(form, `Saved ${hour(answer.saved_at)}`);
  settled(form);
}

/** All of it is stored. */
function settled(form) {
  forget(form);
  const detail = { version: Number(form.elements.namedItem("version").value), values: values(form) };
  form.dispatchEvent(new CustomEvent("autosaved", { bubbles: true, detail }));
}

function failed(form, answer, again = 0) {
  keep(form);
  if (answer.link) {
    form.querySelector(".not-sent")?.remove();
    form.append(notice(answer, ": it is then saved by itself."));
    return say(form, "Not saved yet (kept here)");
  }
  say(form, `Could not be saved: ${answer.words.replace(/\.$/, "")} (kept here)`, true);
  if (again) wait(form, again);
}

const hour = (moment) => new Date(moment).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });

function say(form, words, wrong = false) {
  let line = form.querySelector("[data-saved]");
  if (!line) {
    line = document.createElement("p");
    line.dataset.saved = "";
    form.append(line);
  }
  line.setAttribute("role", "status");
  line.classList.add("saved");
  line.classList.toggle("saved-wrong", wrong);
  line.textContent = words;
}

// --- somebody else was faster ---------------------------------------------------------------------------------------

/** What only they changed is taken over; what only we changed is saved again; the rest is a person's choice. */
function overtaken(form, answer) {
  const state = stateOf(form);
  const conflicts = [];
  for (const field of fieldsOf(form)) {
    const theirs = answer.fields[field.name];
    if (!theirs) continue;
    const [base, own] = [state.base[field.name], valueOf(field)];
    if (!same(theirs.value, base) && !same(own, theirs.value)) {
      if (same(own, base)) put(form, field.name, theirs.value);
      else conflicts.push({ name: field.name, label: theirs.label, theirs: theirs.value, own });
    }
    state.base[field.name] = field.type === "checkbox" ? Boolean(theirs.value) : plain(theirs.value);
  }
  form.elements.namedItem("version").value = answer.version;
  if (conflicts.length) ask(form, conflicts, answer);
  else wait(form, 0);
}

function ask(form, conflicts, answer) {
  const state = stateOf(form);
  keep(form);
  say(form, "Not saved yet (kept here)");
  const box = element("div", "notice notice-warning stack stack-tight conflict", "");
  box.setAttribute("role", "alert");
  box.append(element("h3", "", `Somebody else saved this step at ${hour(answer.saved_at)}`));
  box.append(element("p", "", "Nothing is lost: both texts are here, and yours is still in its field."));
  for (const each of conflicts) box.append(bothTexts(each));
  const buttons = element("div", "cluster", "");
  buttons.append(
    button("Keep mine", () => settle(form, box, conflicts, (each) => valueOf(form.elements.namedItem(each.name)))),
    button("Take theirs", () => settle(form, box, conflicts, (each) => each.theirs)),
  );
  box.append(buttons);
  state.conflict?.remove();
  state.conflict = box;
  form.prepend(box);
}

function bothTexts({ label, theirs, own }) {
  const part = element("section", "both", "");
  const pair = element("div", "pair", "");
  pair.append(oneText("Saved meanwhile", theirs), oneText("Yours", own));
  part.append(element("h4", "", label), pair);
  return part;
}

function oneText(whose, text) {
  const part = element("div", "", "");
  const shown = element("p", "prose", text === true ? "yes" : text || "(empty)");
  shown.dir = "auto";
  part.append(element("p", "edge", whose), shown);
  return part;
}

function settle(form, box, conflicts, chosen) {
  for (const each of conflicts) put(form, each.name, chosen(each));
  box.remove();
  stateOf(form).conflict = null;
  form.elements.namedItem(conflicts[0].name).focus();
  if (isUnsaved(form)) return save(form);
  say(form, "Theirs is kept");
  settled(form);
}

function element(tag, classes, words) {
  const made = document.createElement(tag);
  made.className = classes;
  made.textContent = words;
  return made;
}

function button(words, act) {
  const made = element("button", "button-small", words);
  made.type = "button";
  made.addEventListener("click", act);
  return made;
}

// --- what is kept here ----------------------------------------------------------------------------------------------

const key = (form) => `draft ${form.dataset.autosave}`;

function keep(form) {
  const own = changed(form);
  if (!Object.keys(own).length) return forget(form);
  try {
    localStorage.setItem(key(form), JSON.stringify({ at: Date.now(), values: own }));
  } catch {
    // full, or not allowed: the page still has it
  }
}

function forget(form) {
  localStorage.removeItem(key(form));
}

function offerDraft(form) {
  const draft = read(form);
  if (!draft) return;
  const own = Object.entries(draft.values).filter(([name, value]) => {
    const field = form.elements.namedItem(name);
    return field && !same(value, valueOf(field));
  });
  if (!own.length || Date.now() - draft.at > KEPT) return forget(form);
  form.prepend(offer(form, draft.at, own));
}

function read(form) {
  try {
    return JSON.parse(localStorage.getItem(key(form)) ?? "null");
  } catch {
    return null;
  }
}

function offer(form, at, own) {
  const box = element("div", "notice stack stack-tight draft", "");
  box.setAttribute("role", "status");
  box.append(element("h3", "", `Your text of ${new Date(at).toLocaleString([], { dateStyle: "medium", timeStyle: "short" })} was not saved`));
  for (const [, value] of own) {
    const shown = element("p", "prose", value === true ? "yes" : value || "(empty)");
    shown.dir = "auto";
    box.append(shown);
  }
  const buttons = element("div", "cluster", "");
  buttons.append(
    button("Use it", () => {
      stateOf(form);
      for (const [name, value] of own) put(form, name, value);
      box.remove();
      save(form);
    }),
    button("Throw it away", () => {
      forget(form);
      box.remove();
    }),
  );
  box.append(buttons);
  return box;
}

// --- forms that are made when somebody wants them -------------------------------------------------------------------

const LONG = /^(description|script_phrase|dialogue|variables|prompt_\d+)$/;

/** Show the disclosures in this part of the page: they need this script. */
export function offerEditors(root = document) {
  for (const details of root.querySelectorAll("details[data-edit]")) details.hidden = false;
}

document.addEventListener("toggle", (event) => {
  const details = /** @type {HTMLDetailsElement} */ (event.target);
  if (details.matches?.("details[data-edit]") && details.open && !details.querySelector("form")) openEditor(details);
}, true);

async function openEditor(details) {
  const place = element("p", "muted", "Loading…");
  details.append(place);
  try {
    const response = await fetch(details.dataset.edit, { headers: { Accept: "application/json" } });
    if (isLogin(response) || !response.ok) throw new Error(String(response.status));
    const form = editor(details, await response.json());
    place.replaceWith(form);
    offerDraft(form);
    form.querySelector("input:not([type=hidden]), textarea")?.focus();
  } catch {
    place.textContent = "The text cannot be read now. Reload the page and try it once more.";
  }
}

function editor(details, answer) {
  const form = document.createElement("form");
  form.className = "stack editor";
  form.dataset.autosave = details.dataset.edit;
  form.addEventListener("submit", (event) => event.preventDefault());
  const version = document.createElement("input");
  Object.assign(version, { type: "hidden", name: "version", value: answer.version, autocomplete: "off" });
  form.append(version);
  for (const name of details.dataset.fields.split(" ")) form.append(fieldFor(details, name, answer.fields[name]));
  return form;
}

function fieldFor(details, name, { label, value }) {
  const row = element("div", "field", "");
  const field = document.createElement(LONG.test(name) ? "textarea" : "input");
  Object.assign(field, { name, id: `${details.dataset.edit}${name}`, defaultValue: value, dir: "auto" });
  const words = element("label", "", label);
  words.htmlFor = field.id;
  row.append(words, field);
  return row;
}

offerDrafts();
offerEditors();

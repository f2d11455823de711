// What the pictures that are asked for would cost, while somebody is still choosing: the server says it, by starting
// them and taking that back. And of the other choices those alone are shown that the chosen engine knows.

const PAUSE = 500;
const ASKED = "form[data-look]";

let timer;
let asking = new AbortController();

/** @param {HTMLFormElement} form @param {number} pause in milliseconds: people tick several things in a row */
function lookSoon(form, pause) {
  clearTimeout(timer);
  timer = setTimeout(() => look(form), pause);
}

async function look(form) {
  asking.abort();
  asking = new AbortController();
  const body = new FormData(form);
  body.set("look", "1");
  const place = form.querySelector("#forecast");
  place.setAttribute("aria-busy", "true");
  try {
    const headers = { Accept: "application/json" };
    const response = await fetch(`${form.action}?look`, { method: "POST", body, headers, signal: asking.signal });
    place.innerHTML = (await response.json()).html;
  } catch (error) {
    if (error.name === "AbortError") return; // it is asked anew
    place.querySelector("output").textContent = "What it costs is not known now: reload the page and try again.";
  }
  place.removeAttribute("aria-busy");
}

/** What makes the ticked styles: the chosen engine, else each style's own. */
function makers(form) {
  const chosen = /** @type {HTMLInputElement | null} */ (form.querySelector("input[name=engine]:checked"));
  if (chosen?.value) return new Set([chosen.value]);
  const ticked = /** @type {NodeListOf<HTMLInputElement>} */ (form.querySelectorAll("input[name=styles]:checked"));
  return new Set([...ticked].map((style) => style.dataset.engine));
}

function fit(form) {
  const engines = makers(form);
  fitQualities(form, engines);
  fitSizes(form, engines);
  const values = new FormData(form);
  for (const part of form.querySelectorAll("[data-if-gate]")) part.hidden = values.get("gate") !== part.dataset.ifGate;
  for (const part of form.querySelectorAll("[data-if-strategy]")) {
    part.hidden = !part.dataset.ifStrategy.split(" ").includes(values.get("strategy"));
  }
}

/** One that the engine does not know is not left chosen. */
function fitQualities(form, engines) {
  const field = form.querySelector("[data-quality]");
  if (!field) return;
  const select = field.querySelector("select");
  const groups = [...select.querySelectorAll("optgroup")];
  for (const group of groups) group.hidden = group.disabled = !engines.has(group.dataset.engine);
  if (select.selectedOptions[0]?.parentElement.disabled) {
    const same = groups.filter((group) => !group.disabled).flatMap((group) => [...group.children]);
    const option = same.find((other) => other.value === select.value);
    if (option) option.selected = true;
    else select.value = "";
  }
  field.hidden = groups.every((group) => group.disabled);
}

function fitSizes(form, engines) {
  const select = form.querySelector("select[name=size]");
  const known = [...form.querySelectorAll("input[name=engine][data-most]")].filter((one) => engines.has(one.value));
  const most = Math.min(...known.map((one) => Number(one.dataset.most)));
  for (const option of select.options) option.hidden = option.disabled = Number(option.value) > most;
  if (select.selectedOptions[0]?.disabled) select.value = "";
}

/** The board's form is another one after its first start. */
const around = (event) => /** @type {HTMLElement} */ (event.target).closest(ASKED);

document.addEventListener("input", (event) => {
  const form = around(event);
  if (!form) return;
  fit(form);
  lookSoon(form, PAUSE);
});
document.addEventListener("click", (event) => {
  const form = around(event);
  if (!form || !event.target.closest("button[name=look]")) return;
  event.preventDefault();
  lookSoon(form, 0);
});
document.addEventListener("toggle", (event) => event.target.open && shown(event.target), true);
shown(document);

/** A form that somebody sees now. */
function shown(around) {
  for (const form of around.querySelectorAll(ASKED)) {
    fit(form);
    if (form.checkVisibility()) lookSoon(form, 0);
  }
}

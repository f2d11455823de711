// Verbs are forms that post. Sent from here, the page does not jump, and what was asked for shows at once.

import { complain, toast } from "./announce.js";

/** @param {() => void} refresh */
export function wireForms(refresh) {
  document.addEventListener("submit", (event) => {
    const form = /** @type {HTMLFormElement} */ (event.target);
    const button = /** @type {HTMLButtonElement | null} */ (event.submitter);
    if (form.id !== "verbs" && form.id !== "generate" && !form.hasAttribute("data-stay")) return;
    event.preventDefault();
    if (button?.getAttribute("aria-disabled") === "true") return;
    send(form, button, refresh).then(refresh);
  });
}

async function send(form, button, refresh) {
  const address = button?.hasAttribute("formaction") ? button.formAction : form.action;
  const body = new FormData(form, button);
  const undo = show(form, button);
  try {
    const answer = await post(address, body);
    if (answer && !answer.wrong) {
      if (form.id !== "verbs") foldAway(form);
      if (form.hasAttribute("data-stay")) form.reset();
      return toast(answer.message || button?.dataset.done || "Done.", answer.undo ? takingBack(answer.undo, body, refresh) : undefined);
    }
    undo();
    complain(answer?.message ?? "That did not work. Reload the page and try it once more.");
  } catch {
    undo();
    complain("You seem to be offline: nothing was sent.");
  } finally {
    button?.removeAttribute("aria-disabled");
  }
}

/** The answer of a verb, or null where it is none. */
async function post(address, body) {
  const response = await fetch(address, { method: "POST", body, headers: { Accept: "application/json" } });
  if (!response.headers.get("Content-Type")?.startsWith("application/json")) return null;
  return { wrong: !response.ok, ...(await response.json()) };
}

/** How a verb is undone: by another one. */
function takingBack(address, body, refresh) {
  const back = new FormData();
  back.set("csrfmiddlewaretoken", String(body.get("csrfmiddlewaretoken")));
  const act = async () => {
    const answer = await post(address, back).catch(() => null);
    if (answer && !answer.wrong) toast("Undone.");
    else complain(answer?.message ?? "That could not be undone. Reload the page to see how things stand.");
    refresh();
  };
  return { label: "Undo", act };
}

/** What was asked for begins below the form: out of the way with it. */
function foldAway(form) {
  const details = form.closest("details");
  if (!details) return;
  details.open = false;
  details.querySelector("summary").focus({ preventScroll: true });
  details.scrollIntoView({ block: "nearest" });
}

/** What the person asked for, shown before the server has answered. Returns how to take it back. */
function show(form, button) {
  button?.setAttribute("aria-disabled", "true");
  const frames = form.id === "generate" ? [...document.querySelectorAll(".frame")] : [button?.closest(".frame")];
  const undo = frames.map((frame) => frame && !frame.querySelector("img[data-take]") && queue(frame));
  return () => undo.forEach((back) => back && back());
}

function queue(frame) {
  if (!["none", "failed", "cancelled"].includes(frame.dataset.state)) return undefined;
  const place = frame.querySelector(".frame-state");
  const before = place?.innerHTML ?? "";
  if (!place) return undefined;
  const badge = document.createElement("span");
  badge.className = "badge is-queued";
  badge.textContent = "Queued";
  place.replaceChildren(badge);
  return () => (place.innerHTML = before);
}

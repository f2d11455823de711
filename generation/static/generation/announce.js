// What happened, in words: for those who listen to the page, and, where somebody else did it, for those who look at it.

const BATCH = 1500;
/** What somebody did, by the kind of event; `step` is "step 3", or "a step" where it is not on this page. */
const DEEDS = {
  "run.started": () => "started a run",
  "run.paused": () => "paused a run",
  "run.resumed": () => "resumed a run",
  "run.cancelled": () => "cancelled a run",
  "run.approved": (step) => (step ? `approved ${step}, and the run goes on` : "let a run go on"),
  "run.branched": () => "began a branch",
  "run.moved": () => "moved a run in the queue",
  "run.held": () => "paused paid calls",
  "run.released": () => "allowed paid calls again",
  "take.wanted": (step) => `asked for a new picture of ${step || "a step"}`,
  "take.chosen": (step) => `chose another take of ${step || "a step"}`,
  "take.uploaded": (step) => `put in a picture of their own for ${step || "a step"}`,
  "take.put_away": (step) => `put a take of ${step || "a step"} away`,
  "take.brought_back": (step) => `brought a take of ${step || "a step"} back`,
  "frame.cancelled": (step) => `cancelled ${step || "a picture"}`,
  "frame.approved": (step) => `approved ${step || "a step"}`,
  "frame.unapproved": (step) => `took the approval of ${step || "a step"} back`,
  "frame.locked": (step) => `locked ${step || "a step"}`,
  "frame.unlocked": (step) => `unlocked ${step || "a step"}`,
};

/** @type {string[]} */
let ready = [];
let timer;

/** @param {{kind: string, label: string, actor: string, finished: boolean}[]} events @param {string} user */
export function announce(events, user) {
  const failed = events.filter((event) => event.kind === "frame.failed" && event.label);
  if (failed.length) say("assertive", `${steps(failed.map((event) => event.label))} failed`);
  const pictures = events.filter((event) => ["frame.completed", "frame.reused"].includes(event.kind) && event.label);
  ready.push(...pictures.map((event) => event.label));
  if (events.some((event) => event.finished)) ready.push("");
  clearTimeout(timer);
  timer = setTimeout(sayReady, BATCH);
  for (const event of events) {
    const deed = DEEDS[event.kind]?.(event.label && `step ${event.label}`);
    if (deed && event.actor && event.actor !== user) toast(`${event.actor} ${deed}.`);
  }
}

function sayReady() {
  const labels = [...new Set(ready.filter(Boolean))];
  const done = ready.includes("") ? " The run has ended." : "";
  if (labels.length) say("polite", `${steps(labels)} ${labels.length > 1 ? "are" : "is"} ready.${done}`);
  else if (done) say("polite", done.trim());
  ready = [];
}

function steps(labels) {
  const list = labels.length > 1 ? `${labels.slice(0, -1).join(", ")} and ${labels.at(-1)}` : labels[0];
  return `${labels.length > 1 ? "Steps" : "Step"} ${list}`;
}

/** @param {"polite" | "assertive"} how */
export function say(how, words) {
  const region = document.getElementById(how);
  if (region) region.textContent = words;
}

/** Milliseconds that a line stays; longer where there is something to press. */
const SHOWN = 6000;
const SHOWN_WITH_BUTTON = 12_000;

/** A line at the foot of the window that goes away by itself and moves nothing. @param {string} words
 * @param {{label: string, act: () => void}} [offer] */
export function toast(words, offer) {
  const line = document.createElement("p");
  line.className = "toast";
  line.append(words);
  if (offer) line.append(" ", buttonOf(line, offer));
  document.querySelector(".toast")?.remove();
  document.body.append(line);
  say("polite", offer ? `${words} ${offer.label} is at the end of the page.` : words);
  goAway(line, offer ? SHOWN_WITH_BUTTON : SHOWN);
}

/** Not under somebody's hand. */
function goAway(line, after) {
  setTimeout(() => (line.matches(":hover, :focus-within") ? goAway(line, 2000) : line.remove()), after);
}

function buttonOf(line, { label, act }) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "button-small";
  button.textContent = label;
  button.addEventListener("click", () => {
    line.remove();
    act();
  });
  return button;
}

/** A refusal: it stays until the next one, where the page keeps its messages. */
export function complain(words) {
  const place = document.getElementById("messages");
  const line = document.createElement("p");
  line.className = "notice notice-error";
  line.textContent = words;
  place?.replaceChildren(line);
  line.scrollIntoView({ block: "nearest" });
  say("assertive", words);
}

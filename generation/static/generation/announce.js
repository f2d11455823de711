// What happened, in words: for those who listen to the page, and, where somebody else did it, for those who look at it.

const BATCH = 1500;
const DEEDS = {
  "run.started": "started a run",
  "run.paused": "paused a run",
  "run.resumed": "resumed a run",
  "run.cancelled": "cancelled a run",
  "run.held": "paused paid calls",
  "run.released": "allowed paid calls again",
  "take.wanted": "asked for new pictures",
  "take.chosen": "chose another take",
  "frame.cancelled": "cancelled a picture",
};

/** @type {string[]} */
let ready = [];
let timer;

/** @param {{kind: string, label: string, actor: string, finished: boolean}[]} events @param {string} user */
export function announce(events, user) {
  const failed = events.filter((event) => event.kind === "frame.failed" && event.label);
  if (failed.length) say("assertive", `${steps(failed.map((event) => event.label))} failed`);
  ready.push(...events.filter((event) => event.kind === "frame.completed" && event.label).map((event) => event.label));
  if (events.some((event) => event.finished)) ready.push("");
  clearTimeout(timer);
  timer = setTimeout(sayReady, BATCH);
  for (const event of events) {
    if (event.actor && event.actor !== user && DEEDS[event.kind]) toast(`${event.actor} ${DEEDS[event.kind]}.`);
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

/** A line at the foot of the window that goes away by itself and moves nothing. */
export function toast(words) {
  const line = document.createElement("p");
  line.className = "toast";
  line.textContent = words;
  document.querySelector(".toast")?.remove();
  document.body.append(line);
  say("polite", words);
  setTimeout(() => line.remove(), 6000);
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

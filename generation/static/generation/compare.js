// One picture over the other: how much of the upper one is seen, and switching between the two.

const BLINK = 600; // under three changes a second: faster ones can harm
const calm = matchMedia("(prefers-reduced-motion: reduce)");

let ticking = 0;

const over = () => /** @type {HTMLElement | null} */ (document.querySelector(".compare-onion .compare-over"));

/** @param {number} share 0 … 1, of the upper picture */
function show(share) {
  over()?.style.setProperty("--over", String(share));
  const slider = document.getElementById("onion");
  slider?.setAttribute("aria-valuetext", `${Math.round(share * 100)} percent of the shown picture`);
}

function turn() {
  const upper = over();
  if (upper) show(Number(upper.style.getPropertyValue("--over") || 1) > 0.5 ? 0 : 1);
  else stop();
}

function stop() {
  clearInterval(ticking);
  ticking = 0;
  document.getElementById("flicker")?.setAttribute("aria-pressed", "false");
}

document.addEventListener("input", (event) => {
  const slider = /** @type {HTMLInputElement} */ (event.target);
  if (slider.id !== "onion") return;
  stop();
  show(Number(slider.value) / 100);
});

document.addEventListener("click", (event) => {
  const button = /** @type {HTMLElement} */ (event.target).closest("#flicker");
  if (!button) return;
  if (ticking) return stop();
  turn();
  if (calm.matches) return; // each press is one change: nothing moves by itself
  ticking = setInterval(turn, BLINK);
  button.setAttribute("aria-pressed", "true");
});

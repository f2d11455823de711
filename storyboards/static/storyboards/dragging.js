// Rows of a list that are dragged by a handle, with mouse, pen and finger. Only rows with a handle have a place.
//
//   <ol> <li> … <span data-drag="/steps/7/move/" hidden>⠿</span> … </li> </ol>

const EDGE = 60; // pixels from the window's edge where it begins to scroll

/** What is being dragged: its row, where the pointer took it, and the row that it would go before (null: the end). */
let drag = null;

/** Let a list's rows be dragged; `dropped` is told the row, its handle's address and its new number, from 1.
 * @param {HTMLElement} list @param {(row: HTMLElement, address: string, number: number) => void} dropped */
export function wireDragging(list, dropped) {
  showHandles(list);
  list.addEventListener("pointerdown", (event) => begin(event, dropped));
}

export function showHandles(root) {
  for (const handle of root.querySelectorAll("[data-drag]")) handle.hidden = false;
}

const rowsOf = (list) => [...list.children].filter((row) => row.querySelector("[data-drag]"));

function begin(event, dropped) {
  const handle = /** @type {HTMLElement} */ (event.target).closest("[data-drag]");
  if (!handle || event.button !== 0 || drag) return;
  event.preventDefault();
  const row = handle.closest("li");
  const list = row.parentElement;
  const before = rowsOf(list)[rowsOf(list).indexOf(row) + 1] ?? null;
  handle.setPointerCapture(event.pointerId);
  drag = { row, list, handle, dropped, start: event.pageY, was: before, before, pointer: event.pointerId, y: event.clientY };
  list.classList.add("arranging");
  row.classList.add("dragged");
  requestAnimationFrame(scroll);
}

function follow(event) {
  if (!drag || event.pointerId !== drag.pointer) return;
  drag.y = event.clientY;
  place();
}

function place() {
  drag.row.style.translate = `0 ${drag.y + scrollY - drag.start}px`;
  const others = rowsOf(drag.list).filter((row) => row !== drag.row);
  drag.before = others.find((row) => drag.y < middle(row)) ?? null;
  for (const row of others) row.classList.toggle("drop-before", row === drag.before);
  others.at(-1)?.classList.toggle("drop-after", drag.before === null);
}

function middle(row) {
  const box = row.getBoundingClientRect();
  return box.top + box.height / 2;
}

function scroll() {
  if (!drag) return;
  const beyond = Math.min(0, drag.y - EDGE) + Math.max(0, drag.y - innerHeight + EDGE);
  if (beyond) {
    scrollBy({ top: beyond / 4, behavior: "instant" });
    place();
  }
  requestAnimationFrame(scroll);
}

function end(event) {
  if (!drag || event.pointerId !== drag.pointer) return;
  const { row, list, handle, dropped, was, before } = drag;
  drag = null;
  list.classList.remove("arranging");
  row.classList.remove("dragged");
  row.style.translate = "";
  const others = rowsOf(list).filter((other) => other !== row);
  for (const other of others) other.classList.remove("drop-before", "drop-after");
  if (event.type !== "pointerup" || before === was) return;
  dropped(row, handle.dataset.drag, before ? others.indexOf(before) + 1 : others.length + 1);
}

document.addEventListener("pointermove", follow);
document.addEventListener("pointerup", end);
document.addEventListener("pointercancel", end);
document.addEventListener("keydown", (event) => {
  if (drag && event.key === "Escape") end({ type: "cancel", pointerId: drag.pointer });
});

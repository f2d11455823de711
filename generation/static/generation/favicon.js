// How far it is, where one sees it from another tab.

const link = /** @type {HTMLLinkElement | null} */ (document.getElementById("favicon"));
const usual = link?.href ?? "";

/** Whether something went on while this page was open, and nobody has looked since it ended. */
let ended = false;
let before = false;

/** @param {string} title @param {number} done @param {number} total @param {boolean} active
 * @param {boolean} asks whether something waits for a person's approval */
export function showProgress(title, done, total, active, asks = false) {
  ended = document.hidden && !active && (ended || before);
  before = active;
  const mark = asks ? `(${done}/${total}, approve) ` : active && total ? `(${done}/${total}) ` : ended ? "(ended) " : "";
  document.title = `${mark}${title} · Throughline`;
  if (link) link.href = asks ? ring(done / total, true) : active && total ? ring(done / total) : ended ? ring(1) : usual;
}

document.addEventListener("visibilitychange", () => {
  if (document.hidden || !ended) return;
  ended = false;
  document.title = document.title.replace("(ended) ", "");
  if (link) link.href = usual;
});

/** A ring that closes; with a dot in it where somebody is asked for. */
function ring(part, dot = false) {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = 32;
  const pen = canvas.getContext("2d");
  if (!pen) return usual;
  pen.lineWidth = 6;
  for (const [colour, end] of [["#b8c4cc", 1], ["#1769d1", part]]) {
    pen.strokeStyle = String(colour);
    pen.beginPath();
    pen.arc(16, 16, 12, -Math.PI / 2, -Math.PI / 2 + 2 * Math.PI * Number(end));
    pen.stroke();
  }
  if (dot) {
    pen.fillStyle = "#1769d1";
    pen.beginPath();
    pen.arc(16, 16, 5, 0, 2 * Math.PI);
    pen.fill();
  }
  return canvas.toDataURL();
}

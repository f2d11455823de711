// How far it is, where one sees it from another tab.

const link = /** @type {HTMLLinkElement | null} */ (document.getElementById("favicon"));
const usual = link?.href ?? "";

export function showProgress(title, done, total, active) {
  document.title = active && total ? `(${done}/${total}) ${title} · Throughline` : `${title} · Throughline`;
  if (link) link.href = active && total ? ring(done / total) : usual;
}

/** A ring that closes. */
function ring(part) {
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
  return canvas.toDataURL();
}

// What the pictures that are asked for will cost, while somebody is still choosing. The server says the same of what is
// ticked when the page comes.

document.addEventListener("change", (event) => {
  const form = /** @type {HTMLElement} */ (event.target).closest("form[data-pictures]");
  if (form) tell(/** @type {HTMLFormElement} */ (form));
});

/** @param {HTMLFormElement} form */
function tell(form) {
  const styles = [...form.querySelectorAll("input[name=styles]:checked")];
  const engine = /** @type {HTMLInputElement | null} */ (form.querySelector("input[type=radio][name=engine]:checked"));
  const prices = styles.map((style) => (engine?.value ? engine : style).dataset.price);
  const pictures = Number(form.dataset.pictures);
  const count = pictures * styles.length;
  const dollars = prices.includes("") ? NaN : pictures * prices.reduce((sum, price) => sum + Number(price), 0);
  const start = "upto" in form.dataset && !form.elements.fresh?.checked ? "Up to " : "";
  const output = form.querySelector("output");
  if (output) output.textContent = `${start}${count} ${count === 1 ? "picture" : "pictures"}, ${money(dollars)}`;
}

/** @param {number} dollars */
function money(dollars) {
  if (Number.isNaN(dollars)) return "price unknown";
  if (dollars === 0) return "free";
  return dollars < 0.01 ? "under $0.01" : `about $${dollars.toFixed(2)}`;
}

// Ask before a page with unsaved text is left. A form that was refused counts as unsaved, too: its text is nowhere else.

let unsaved = document.querySelector("form [aria-invalid], .errorlist") !== null;

for (const form of document.querySelectorAll("form[novalidate]")) {
  form.addEventListener("input", () => { unsaved = true; });
}
document.addEventListener("submit", () => { unsaved = false; });
window.addEventListener("beforeunload", (event) => {
  if (unsaved) event.preventDefault();
});

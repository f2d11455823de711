// Unsaved text is not lost: not by leaving the page, not by a log-in that has run out, not by a server that is away.
//
// Before a form is sent, its page is asked for once more. That tells whether we are still logged in, and brings the
// token that a new log-in (in another tab) has made necessary. Where it fails, nothing is sent and the text stays here.

import { freshToken, notice } from "./token.js";

/** Forms with text that only this page has. */
const unsaved = new Set();

for (const form of document.querySelectorAll("form[novalidate]")) {
  if (form.querySelector(".field-wrong, .problems")) unsaved.add(form); // refused: this page alone has the text
  form.addEventListener("input", () => unsaved.add(form));
  form.addEventListener("autosaved", () => unsaved.delete(form));
  form.addEventListener("submit", check);
}
if (document.querySelector(".problems")) unsaved.add(document);
document.addEventListener("submit", (event) => {
  if (!event.defaultPrevented) unsaved.clear();
});
window.addEventListener("beforeunload", (event) => {
  if (unsaved.size) event.preventDefault();
});

async function check(event) {
  const form = event.target;
  if (form.dataset.checked) {
    delete form.dataset.checked;
    return;
  }
  event.preventDefault();
  if (form.dataset.checking) return; // a double click
  form.dataset.checking = "yes";
  const submitter = event.submitter ?? undefined;
  const answer = await freshToken();
  delete form.dataset.checking;
  if (!answer.token) {
    tell(form, answer);
    return;
  }
  form.dataset.checked = "yes";
  form.requestSubmit(submitter);
}

function tell(form, answer) {
  form.querySelector(".not-sent")?.remove();
  form.append(notice(answer));
}

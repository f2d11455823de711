// A line of --- at the cursor. <button type="button" data-split="id of the text" hidden>

for (const button of document.querySelectorAll("[data-split]")) {
  const text = /** @type {HTMLTextAreaElement} */ (document.getElementById(button.dataset.split));
  button.hidden = false;
  button.addEventListener("click", () => {
    const [before, after] = [text.value.slice(0, text.selectionStart), text.value.slice(text.selectionEnd)];
    const head = `${before.trimEnd()}\n\n---\n\n`;
    text.value = head + after.trimStart();
    text.setSelectionRange(head.length, head.length);
    text.focus();
    text.dispatchEvent(new Event("input", { bubbles: true }));
  });
}

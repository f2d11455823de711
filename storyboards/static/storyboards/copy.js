// Copy buttons: they show themselves only where this script runs. <button data-copy="id of an input or a text" hidden>

for (const button of document.querySelectorAll("[data-copy]")) {
  const source = document.getElementById(button.dataset.copy);
  button.hidden = false;
  button.addEventListener("click", () => copy(button, source));
}

async function copy(button, source) {
  if (source instanceof HTMLInputElement) source.select();
  else getSelection()?.selectAllChildren(source);
  try {
    await navigator.clipboard.writeText(source.value ?? source.textContent);
    say(button, "Copied");
  } catch {
    say(button, "Press Ctrl+C"); // the text is selected; browsers give no clipboard to plain http
  }
}

function say(button, words) {
  const before = button.dataset.words ?? (button.dataset.words = button.textContent);
  button.textContent = words;
  const region = document.getElementById("polite");
  if (region) region.textContent = words;
  setTimeout(() => { button.textContent = before; }, 2500);
}

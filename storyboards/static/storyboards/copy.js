// Copy buttons: they show themselves only where this script runs. <button data-copy="id of an input" hidden>

for (const button of document.querySelectorAll("[data-copy]")) {
  const input = document.getElementById(button.dataset.copy);
  button.hidden = false;
  button.addEventListener("click", () => copy(button, input));
}

async function copy(button, input) {
  input.select();
  try {
    await navigator.clipboard.writeText(input.value);
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

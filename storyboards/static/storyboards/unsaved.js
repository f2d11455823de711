// Unsaved text is not lost: not by leaving the page, not by a log-in that has run out, not by a server that is away.
//
// Before a form is sent, its page is asked for once more. That tells whether we are still logged in, and brings the
// token that a new log-in (in another tab) has made necessary. Where it fails, nothing is sent and the text stays here.

const forms = document.querySelectorAll("form[novalidate]");
let unsaved = document.querySelector(".field-wrong, .problems") !== null; // refused: this page alone has the text

for (const form of forms) {
  form.addEventListener("input", () => { unsaved = true; });
  form.addEventListener("submit", check);
}
document.addEventListener("submit", (event) => {
  if (!event.defaultPrevented) unsaved = false;
});
window.addEventListener("beforeunload", (event) => {
  if (unsaved) event.preventDefault();
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
  const answer = await ask();
  delete form.dataset.checking;
  if (!answer.token) {
    tell(form, answer);
    return;
  }
  form.elements.csrfmiddlewaretoken.value = answer.token;
  form.dataset.checked = "yes";
  form.requestSubmit(submitter);
}

async function ask() {
  try {
    const response = await fetch(location.href);
    if (new URL(response.url).pathname === "/login/") {
      return { words: "You have been logged out. Your text is still here:", link: response.url, name: "log in in a new tab" };
    }
    if (!response.ok) return { words: `This cannot be saved any more (${response.status}). Your text is still here to copy.` };
    const page = new DOMParser().parseFromString(await response.text(), "text/html");
    return { token: page.querySelector("main [name=csrfmiddlewaretoken]")?.value };
  } catch {
    return { words: "The server cannot be reached. Your text is still here; try again in a moment." };
  }
}

function tell(form, answer) {
  form.querySelector(".not-sent")?.remove();
  const notice = document.createElement("p");
  notice.className = "notice notice-warning not-sent";
  notice.setAttribute("role", "alert");
  notice.append(answer.words ?? "This cannot be saved now. Your text is still here.");
  if (answer.link) {
    const link = document.createElement("a");
    link.href = answer.link;
    link.target = "_blank";
    link.rel = "noopener";
    link.textContent = answer.name;
    notice.append(" ", link, ", then save again.");
  }
  form.append(notice);
}

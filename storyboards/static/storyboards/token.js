// The token that every form needs. A log-in in another tab has made a new one necessary: then this page is asked for once
// more, which also tells whether we are still logged in.

/** @param {HTMLFormElement} [form] */
export function token(form) {
  const field = form?.elements.namedItem("csrfmiddlewaretoken") ?? document.querySelector("[name=csrfmiddlewaretoken]");
  return /** @type {HTMLInputElement | null} */ (field)?.value ?? "";
}

/** The new token, put into every form here; else words for the person, where it helps with a link. */
export async function freshToken() {
  try {
    const response = await fetch(location.href);
    if (isLogin(response)) {
      return { words: "You have been logged out. Your text is still here:", link: response.url, name: "log in in a new tab" };
    }
    if (!response.ok) return { words: `This cannot be saved any more (${response.status}). Your text is still here to copy.` };
    const page = new DOMParser().parseFromString(await response.text(), "text/html");
    const fresh = page.querySelector("main [name=csrfmiddlewaretoken], [name=csrfmiddlewaretoken]")?.value;
    for (const field of document.querySelectorAll("[name=csrfmiddlewaretoken]")) field.value = fresh;
    return { token: fresh };
  } catch {
    return { words: "The server cannot be reached. Your text is still here; try again in a moment." };
  }
}

/** Whether we were sent to the log-in instead. */
export const isLogin = (response) => new URL(response.url).pathname === "/login/";

/** A notice with these words and, where they need one, their link. */
export function notice(answer, after = ", then save again.") {
  const line = document.createElement("p");
  line.className = "notice notice-warning not-sent";
  line.setAttribute("role", "alert");
  line.append(answer.words ?? "This cannot be saved now. Your text is still here.");
  if (answer.link) {
    const link = document.createElement("a");
    link.href = answer.link;
    link.target = "_blank";
    link.rel = "noopener";
    link.textContent = answer.name;
    line.append(" ", link, after);
  }
  return line;
}

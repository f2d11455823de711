// Putting the server's fragments in the place of what they replace, so that nobody notices but by what is new.

/** Elements as the server sent them, by id: what we did to them since (clocks, bars) must not pass for a change. */
const pristine = new Map();

export function remember(root) {
  for (const element of root.querySelectorAll("[data-live]")) pristine.set(element.id, element.cloneNode(true));
}

function parse(html) {
  const template = document.createElement("template");
  template.innerHTML = html;
  return /** @type {HTMLElement} */ (template.content.querySelector("[data-live]"));
}

/** Replace the element with this id where it differs. Returns it if it holds a picture that was not there before. */
export function swap(id, html) {
  const old = document.getElementById(id);
  if (!old) return undefined;
  const fresh = parse(html);
  if (pristine.get(id)?.isEqualNode(fresh)) return undefined;
  pristine.set(id, fresh.cloneNode(true));
  const known = takes(old);
  keeping(() => {
    carryOver(old, fresh);
    old.replaceWith(fresh);
  });
  return markArrived(fresh, known) ? fresh : undefined;
}

/** The whole board anew: other steps, other runs. The reader's place on the page stays where it is. */
export function replaceBoard(board, fresh) {
  const anchor = [...board.querySelectorAll(".row, .run")].find((element) => element.getBoundingClientRect().bottom > 0);
  const top = anchor?.getBoundingClientRect().top ?? 0;
  const known = takes(board);
  const form = board.querySelector("#generate");
  keeping(() => {
    carryOver(board, fresh);
    const newForm = fresh.querySelector("#generate");
    // what somebody is choosing there is his; after the first start the form asks for something else
    if (form && newForm && form.contains(document.activeElement)) newForm.replaceWith(form);
    board.replaceChildren(...fresh.childNodes);
    for (const name of fresh.getAttributeNames()) board.setAttribute(name, fresh.getAttribute(name));
  });
  pristine.clear();
  remember(board);
  markArrived(board, known);
  const stayed = anchor?.id ? document.getElementById(anchor.id) : null;
  if (stayed && top < 0) scrollBy({ top: stayed.getBoundingClientRect().top - top, behavior: "instant" });
}

const takes = (root) => new Set([...root.querySelectorAll("img[data-take]")].map((image) => image.dataset.take));

/** Pictures that are loaded already, details that somebody opened and what somebody fills in (data-keep, or a text that is
 * open) live on in the new element. */
function carryOver(old, fresh) {
  const loaded = new Map([...old.querySelectorAll("img[data-take]")].map((image) => [image.dataset.take, image]));
  for (const image of fresh.querySelectorAll("img[data-take]")) {
    const known = loaded.get(image.dataset.take);
    if (!known) continue;
    for (const name of image.getAttributeNames()) {
      if (known.getAttribute(name) !== image.getAttribute(name)) known.setAttribute(name, image.getAttribute(name));
    }
    image.replaceWith(known);
  }
  for (const details of old.querySelectorAll("details[id]")) {
    const same = fresh.querySelector(`#${details.id}`);
    if (same && details.open && details.matches("[data-edit]")) same.replaceWith(details);
    else if (same) same.open = details.open;
  }
  for (const kept of old.querySelectorAll("[data-keep]")) fresh.querySelector(`#${kept.id}`)?.replaceWith(kept);
  const [from, to] = [old.querySelector(".steps"), fresh.querySelector(".steps")];
  if (from && to) requestAnimationFrame(() => to.scrollTo({ left: from.scrollLeft, behavior: "instant" }));
}

/** Do it, and leave the focus on the control it was on. */
function keeping(change) {
  const focused = /** @type {HTMLElement | null} */ (document.activeElement);
  const id = focused?.id;
  change();
  if (!focused || focused === document.body || (focused.isConnected && document.activeElement === focused)) return;
  const same = /** @type {HTMLElement | null} */ (focused.isConnected ? focused : id ? document.getElementById(id) : null);
  same?.focus({ preventScroll: true });
}

function markArrived(root, known) {
  const fresh = [...root.querySelectorAll("img[data-take]")].filter((image) => !known.has(image.dataset.take));
  for (const image of fresh) image.classList.add("arrived");
  return fresh.length > 0;
}

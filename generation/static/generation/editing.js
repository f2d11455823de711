// What is written and moved in place on the board. Its parts show themselves also where the board was put in anew.

import { offerDrafts, offerEditors } from "../storyboards/autosave.js";
import { showHandles, wireDragging } from "../storyboards/dragging.js";
import { token } from "../storyboards/token.js";
import { complain, toast } from "./announce.js";

const board = /** @type {HTMLElement} */ (document.getElementById("board"));

/** The board itself follows by the event that everybody is told. */
async function move(_row, address, number) {
  const headers = { Accept: "application/json", "X-CSRFToken": token() };
  const body = new URLSearchParams({ to: "number", number: String(number) });
  const response = await fetch(address, { method: "POST", headers, body }).catch(() => null);
  if (response?.ok && !response.redirected) toast(`Moved to place ${number}.`);
  else complain("This step was not moved. Reload the page and try it once more.");
}

wireDragging(board, move);
document.addEventListener("replaced", () => {
  offerDrafts(board);
  offerEditors(board);
  showHandles(board);
});

// Texts that are written in place: their disclosures show themselves also where the board was put in anew.

import { offerDrafts, offerEditors } from "../storyboards/autosave.js";

document.addEventListener("replaced", () => {
  const board = /** @type {HTMLElement} */ (document.getElementById("board"));
  offerDrafts(board);
  offerEditors(board);
});

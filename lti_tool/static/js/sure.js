/* "Em chắc đến đâu?": asked once there is an answer, one tap, said with the answer. Nobody must say it. */

import { $, $$, allow } from "./page.js";

/** Watches the row of a question: `say(word)` is called at a tap. Paints by the answer that stands. */
export function asking(box, say) {
  const row = $("#sure", box);
  row.addEventListener("click", ({ target }) => {
    const button = target.closest("button");
    if (button && !button.matches("[aria-disabled=true], [aria-pressed=true]")) say(button.value);
  });
  return ({ value, confidence, isOpen }) => {
    row.hidden = value == null || (!isOpen && !confidence);
    for (const button of $$("button", row)) {
      button.setAttribute("aria-pressed", String(button.value === confidence));
      allow(button, isOpen);
    }
  };
}

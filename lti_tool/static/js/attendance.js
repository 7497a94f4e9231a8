/* The roll call: who needs a look, or the whole class, without losing what was ticked. */

import { keepShell } from "./keepshell.js";
import { $, $$ } from "./page.js";
import { Roll } from "./roll.js";

const filters = $$("[data-shows]");
for (const filter of filters) {
  filter.addEventListener("click", (event) => {
    event.preventDefault();
    const isAll = filter.dataset.shows === "all";
    for (const row of $$(".roll > li")) row.hidden = !isAll && !("look" in row.dataset);
    for (const other of filters) {
      if (other === filter) other.setAttribute("aria-current", "true");
      else other.removeAttribute("aria-current");
    }
  });
}

// Words of the roll call that this browser could not send while the lesson went on.
const { roll: address, owner, worker } = $("[data-roll]").dataset;
const roll = new Roll(address, owner, {});
roll.open().then(() => roll.hadRows && !roll.waiting && location.reload());
keepShell(worker);

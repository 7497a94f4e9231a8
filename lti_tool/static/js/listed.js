/* The class's list on the console: one row a pupil, with the words that a tap says of them. */

import { el, icon } from "./page.js";

/** The class in the order of its list, of all whose names the console knows: whoever stands after it belongs to another
    class, or has left. */
export function listed(people, total) {
  const known = Object.entries(people).map(([id, pupil]) => ({ id, ...pupil }));
  return known.filter(({ number }) => number <= total).sort((a, b) => a.number - b.number);
}

/** A row; `words` are [attributes, text] of its buttons, `sheet` tells it from rows of the same pupil elsewhere. */
export function rowOf({ id, name, number }, sheet, words) {
  const label = `${sheet}-${id}`;
  return el(
    "li",
    { "data-who": id },
    el("span", { class: "no" }, String(number)),
    el("span", { class: "grow" }, el("b", { id: label }, name), el("small", { class: "hint" })),
    el(
      "span",
      { class: `roll-words ${sheet}-words`, role: "group", "aria-labelledby": label },
      ...words.map(([attributes, text]) => el("button", { type: "button", ...attributes }, icon("check", 18), text)),
    ),
  );
}

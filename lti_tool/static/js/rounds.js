/* Two rounds of one question beside each other: what the class said before it talked, and after. Never a name. */

import { grid, isGrid } from "./charts.js";
import { el, svg, t } from "./page.js";

const bar = (fill, count, of) => {
  const width = `${of ? (100 * count) / of : 0}%`;
  return svg("svg", { class: "bar", "aria-hidden": "true" }, svg("rect", { class: fill, width, height: "100%" }));
};
const fillOf = (option) => (/^[A-D]$/.test(option) ? `fill-${option.toLowerCase()}` : "fill-e");
const pupils = (n) => t("moved.pupils", { n });

/** `asked` is the activity of a view, with `before`; `draw(option, label)` gives its shape and its text as two nodes. */
export function rounds(asked, draw, nameOf) {
  const { before } = asked;
  const key = new Set(asked.key?.options ?? []);
  const numbers = { a: before.round, b: asked.round };
  const answered = { before: pupils(before.answered), now: pupils(asked.answered) };
  const legend = el("p", { class: "rounds-legend" }, t("moved.legend", { ...numbers, ...answered }));
  if (isGrid(asked.tally)) {
    const titled = ({ round, tally }) => [
      el("p", {}, el("b", {}, t("moved.round", { n: round }))),
      grid(tally, nameOf, key, asked.kind),
    ];
    return el("div", { class: "stack" }, ...titled(before), ...titled(asked));
  }
  const was = new Map(before.tally.map(({ option, count }) => [option, count]));
  const known = new Set(asked.tally.map(({ option }) => option));
  const all = [
    ...asked.tally,
    ...before.tally.filter(({ option }) => !known.has(option)).map((gone) => ({ ...gone, count: 0 })),
  ];
  const rows = all.map(({ option, count, label }) => {
    const first = was.get(option) ?? 0;
    const two = el(
      "span",
      { class: "two" },
      bar("fill-before", first, before.answered),
      bar(fillOf(option), count, asked.answered),
    );
    const spoken = t("moved.counts", { ...numbers, before: pupils(first), now: pupils(count) });
    const counts = el(
      "b",
      {},
      el("span", { "aria-hidden": "true" }, `${first} → ${count}`),
      el("span", { class: "vh" }, spoken),
    );
    return el(
      "li",
      { "data-option": option, class: key.has(option) ? "key" : null },
      ...draw(option, label),
      two,
      counts,
    );
  });
  return el("div", { class: "stack" }, el("ol", { class: "dist" }, ...rows), legend);
}

/** How far the class has come together; the goal alone while there is too little to tell. */
export function goalText({ percent, right, of }) {
  const goal = `${percent}%`;
  return of
    ? t("moved.goal", { n: `${Math.round((100 * (right ?? 0)) / of)}%`, percent: goal })
    : t("moved.goal_only", { percent: goal });
}

/** How many came to the right answer, left it, had it both times; without a key, how many changed theirs. */
export function moved(moves) {
  if (!moves) return "";
  const isKeyed = moves.to_right + moves.from_right + moves.stayed_right + moves.stayed_wrong > 0;
  const told = isKeyed ? ["to_right", "from_right", "stayed_right"] : ["changed"];
  return told.map((what) => t(`moved.${what}`, { n: moves[what] })).join(" · ");
}

/* Distributions that are more than a list of bars. Every place and order comes from the server; here they are drawn. */

import { $, $$, el, svg, t } from "./page.js";

const SIZES = 5;
/** So many would fill a bar on a phone. */
const LETTERS = 44;

const isSaid = ({ option, label }) => !label && /:(true|false)$/.test(option);

/** Bars of two parts, "1:A": each first part is a row of its own. A pupil's own "9:30" is its label as well, and no row;
    "a:true" is a bar by itself. */
export const isGrid = (bars) => bars?.length > 0 && bars.every((bar) => bar.option.split(":").length > (bar.label ?? "").split(":").length && !isSaid(bar));

const split = (option) => [option.slice(0, option.indexOf(":")), option.slice(option.indexOf(":") + 1)];

const fillOf = (part) => ({ A: "a", B: "b", C: "c", D: "d", 1: "a", 2: "b", 3: "c", 4: "d" })[part] ?? "e";

/** Rows of stacked bars. `nameOf(row)` gives a node for its name; `key` the options that are right, where they are shown.
    Of a ranking each row says its mean place, by which the server has set them in order. */
export function grid(bars, nameOf, key = new Set(), kind = "") {
  const rows = new Map();
  for (const bar of bars) {
    const [row] = split(bar.option);
    rows.set(row, [...(rows.get(row) ?? []), bar]);
  }
  const drawn = [...rows].map(([row, all]) => {
    const areWords = all.some((bar) => split(bar.option)[1].length > 2);
    const name = el("span", {}, nameOf(row), kind === "ranking" && meanPlace(all));
    return el("li", { "data-of": row }, name, areWords ? words(all, key) : stack(all, key));
  });
  return el("ol", { class: "grid-bars" }, ...drawn);
}

function meanPlace(row) {
  const whole = row.reduce((sum, { count }) => sum + count, 0);
  const mean = row.reduce((sum, { label, count }) => sum + label * count, 0) / whole;
  const said = mean.toLocaleString(document.documentElement.lang, { minimumFractionDigits: 1, maximumFractionDigits: 1 });
  return whole > 0 && el("small", { class: "mean-place" }, ` ${t("moved.place", { n: said })}`);
}

/** What was written has no place in a bar: the words with their counts, the most frequent first. */
function words(bars, key) {
  const kindOf = ({ option }) => (key.has(option) ? "key-word" : null);
  const said = bars.map((bar) => el("span", { class: kindOf(bar) }, wordOf(bar), " ", el("b", {}, String(bar.count))));
  return el("p", { class: "grid-words" }, ...said);
}

function stack(bars, key) {
  const whole = Math.max(1, bars.reduce((sum, { count }) => sum + count, 0));
  const said = bars.filter(({ count }) => count).map((bar) => `${wordOf(bar)}: ${bar.count}`).join(", ");
  const drawn = svg("svg", { class: "stack-bar", role: "img", "aria-label": said || "0" });
  let x = 0;
  for (const bar of bars.filter(({ count }) => count)) {
    const share = bar.count / whole;
    const place = { x: `${100 * x}%`, width: `${100 * share}%`, height: "100%" };
    const part = svg("svg", { class: `fill-${fillOf(split(bar.option)[1])}`, ...place }, svg("rect", { width: "100%", height: "100%" }));
    if (key.has(bar.option)) part.append(svg("rect", { class: "key-line", y: "86%", width: "100%", height: "14%" }));
    const word = wordOf(bar);
    const shown = [`${word} · ${bar.count}`, word].find((text) => text.length + 1 < LETTERS * share);
    if (shown) {
      const text = svg("text", { x: "50%", y: "47%" });
      text.textContent = shown;
      part.append(text);
    }
    drawn.append(part);
    x += share;
  }
  return drawn;
}

const wordOf = ({ option, label }) => label || split(option)[1] || "…";

/** Words, larger the more often they came. A word keeps its element, so that it grows in place. */
export function cloud(box, bars) {
  const most = Math.max(1, ...bars.map(({ count }) => count));
  const known = new Map($$("[data-word]", box).map((one) => [one.dataset.word, one]));
  let before = null;
  for (const { option, count, label } of bars) {
    const word = known.get(option) ?? el("span", { "data-word": option });
    known.delete(option);
    const text = label || option;
    if (word.firstChild?.textContent !== text || word.dataset.n !== String(count)) word.replaceChildren(text, el("small", {}, ` ${count}`));
    word.dataset.n = count;
    word.dataset.size = Math.max(1, Math.ceil((SIZES * count) / most));
    if (before ? before.nextSibling !== word : box.firstChild !== word) before ? before.after(word) : box.prepend(word);
    before = word;
  }
  known.forEach((gone) => gone.remove());
}

/** Counts on the cells of a picture. */
export function spots(root, bars, key = new Set()) {
  const most = Math.max(1, ...bars.map(({ count }) => count));
  for (const { option, count } of bars) {
    const cell = $(`[data-option="${CSS.escape(option)}"]`, root);
    if (!cell) continue;
    cell.dataset.heat = count ? Math.ceil((4 * count) / most) : 0;
    cell.replaceChildren(el("span", {}, count ? String(count) : ""));
    cell.classList.toggle("spot-key", key.has(option));
  }
}

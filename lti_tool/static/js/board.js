/* What a class has posted, on the screen in the room: never a name, what fits of the newest or the most wanted. */

import { body, styled } from "./cards.js";
import { $, $$, el, icon, t } from "./page.js";

const photos = new Map();
const walls = new WeakMap();
const ICONS = { up: "chevron-up", like: "check", idea: "bulb" };

/** Fills the columns; a card keeps its element, so that nothing flickers. `photo(n)` is where a photo is. */
export function draw(box, page, photo) {
  styled();
  const cards = page.cards ?? [];
  const columns = $$("[data-column]", box);
  $(".pw-none", box).hidden = cards.length > 0;
  box.classList.toggle("pw-empty", !cards.length);
  box.classList.toggle("pw-photos", 2 * cards.filter(({ value }) => value.photo).length > cards.length);
  for (const column of columns) {
    const list = $("ul", column);
    const mine = cards.filter(({ value }) => !column.dataset.column || value.column === column.dataset.column);
    const kept = new Map([...list.children].map((item) => [item.dataset.n, item]));
    list.replaceChildren(...mine.map((card) => same(kept.get(String(card.n)), card, photo)));
  }
  if (!walls.has(box)) box.addEventListener("load", () => cut(box, walls.get(box)), true);
  walls.set(box, page.total ?? 0);
  cut(box, walls.get(box));
}

/** A number to look at, and what it counts to hear. */
const told = (count, words) => [el("span", { "aria-hidden": "true" }, ` ${count} `), el("span", { class: "vh" }, words)];

function same(item, card, photo) {
  const says = JSON.stringify(card);
  if (item?.says === says) return item;
  const reactions = Object.entries(card.reactions ?? {}).map(([what, count]) => {
    const words = told(count, t(`projector.reaction.${what}`, { n: count }));
    return el("span", {}, icon(ICONS[what] ?? "check", 28), ...words);
  });
  if (card.comments) reactions.push(el("span", {}, icon("message", 28), ...told(card.comments, t("projector.comments", { n: card.comments }))));
  if (card.is_done) reactions.unshift(el("span", { class: "pw-done" }, icon("check", 28), t("projector.answered_post")));
  const whose = card.group && el("b", {}, t("projector.group", { n: card.group }));
  const said = reactions.length > 0 && el("p", { class: "pw-said" }, ...reactions);
  const node = el("li", { "data-n": card.n }, whose, card.value.photo && picture(card.n, photo(card.n)), ...body(card.value), said);
  node.says = says;
  node.toggleAttribute("data-done", Boolean(card.is_done));
  return node;
}

/** One element a picture: it is not fetched again when the card's counts change. */
function picture(number, address) {
  const key = `${address}#${number}`;
  if (!address) return ""; // who only watches fetches no photo
  if (!photos.has(key)) photos.set(key, el("img", { class: "pw-photo", src: address, alt: t("projector.photo") }));
  return photos.get(key);
}

const isOver = (list) => list.scrollHeight > list.clientHeight + 1 || list.scrollWidth > list.clientWidth + 1;

const startOf = (list) => list.starts?.at(-1) ?? 0;

/** To the cards that did not fit (`step` 1), or back to those before (-1); after the last come the first again. */
export function turn(box, step) {
  const lists = $$("ul", box);
  const nextOf = (list) => [...list.children].indexOf(shownIn(list).at(-1)) + 1;
  const isMore = lists.some((list) => nextOf(list) < list.children.length);
  for (const list of lists) {
    list.starts ??= [];
    if (step < 0) list.starts.pop();
    else if (!isMore) list.starts = [];
    else list.starts.push(nextOf(list) < list.children.length ? nextOf(list) : startOf(list));
  }
  cut(box, walls.get(box));
}

/** What does not fit is drawn smaller, as small as the last row can read; then the last go first, and are counted. */
export function cut(box, total) {
  for (const list of $$("ul", box)) {
    if (startOf(list) >= list.children.length) list.starts = [];
    [...list.children].forEach((item, index) => (item.hidden = index < startOf(list)));
  }
  box.classList.remove("pw-tight");
  box.classList.toggle("pw-tight", $$("ul", box).some(isOver));
  for (const list of $$("ul", box)) {
    const items = shownIn(list);
    while (items.length > 1 && isOver(list)) items.pop().hidden = true;
  }
  $(".pw-more", box)?.remove();
  const left = () => total - shownIn(box).length;
  if (left() <= 0) return;
  const more = el("p", { class: "pw-more" });
  box.append(more);
  do more.textContent = t("projector.more_posts", { n: left() });
  while (uncover(box, more.getBoundingClientRect()));
}

const shownIn = (box) => $$("li:not([hidden])", box);

/** A card that would lie under what says how many more there are goes too, unless it is its column's only one. */
function uncover(box, { left, top }) {
  const isUnder = (item) => item.getBoundingClientRect().right > left && item.getBoundingClientRect().bottom > top;
  const under = shownIn(box).reverse().find((item) => isUnder(item) && shownIn(item.parentNode).length > 1);
  if (under) under.hidden = true;
  return Boolean(under);
}

/** The product of the group that presents, on the screen in the room; no name stands beside it. */
export function present(box, { group, n, value }, photo) {
  styled();
  const says = JSON.stringify([group, n, value]);
  if (box.says === says) return;
  box.says = says;
  const shown = value ? [...(value.photo ? [picture(n, photo(n))] : []), ...body(value)] : [el("p", {}, t("projector.nothing_handed_in"))];
  box.replaceChildren(el("h3", {}, t("projector.group", { n: group })), ...shown);
}

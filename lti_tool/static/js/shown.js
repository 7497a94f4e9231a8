/* What a phone shows after the lock: the distribution, two rounds beside each other, the explanation, the class's
   goal. */

import { grid, isGrid } from "./charts.js";
import { $, boot, el, get, pointed, svg, t } from "./page.js";
import { goalText, moved, rounds } from "./rounds.js";

/** The parts in their order, one's own first. `me`: one's own points, and `progress` (right, answered) where the class
    has a goal. */
export function shown(activity, goal, me) {
  const parts = [];
  if (activity.key && me?.points) parts.push(el("p", { class: "card small", id: "points" }, ...ownPoints(me.points)));
  if (activity.explanation) parts.push(explanation(activity.explanation)); // said last, read first
  if (activity.tally) parts.push(distribution(activity));
  if (activity.key && goal) parts.push(ourGoal(goal, me?.progress));
  return parts;
}

const points = (value) => value.toLocaleString(document.documentElement.lang, { maximumFractionDigits: 2 });

/** One's own and nobody else's, and what speed added. */
function ownPoints({ points: n, of, bonus, speed }) {
  const said = [el("b", {}, t("moved.points", { n: points(n), of: points(of) }))];
  const isMore = bonus && speed && speed !== bonus; // some of it came with the questions before
  if (isMore) said.push(` ${t("moved.bonus_now", { n: points(bonus), now: points(speed) })}`);
  else if (bonus) said.push(` ${t("moved.bonus", { n: points(bonus) })}`);
  return [...said, ` ${t("moved.points_what")}`];
}

/** On the page that says that the lesson is over. */
export function atTheEnd(box, own) {
  const line = $("#points-end") ?? el("p", { class: "card small", id: "points-end" });
  line.replaceChildren(...ownPoints(own));
  if (!line.isConnected) $("p", box).after(line);
}

const ASKED_AFTER_MS = [4000, 8000, 16000, 32000, 64000];

/** Under it, how far one has come since one's own lesson before, once a job has read this one; where there is nothing
    to say, nothing. Never all phones of a class at the same moment. */
export async function progressAtTheEnd(box) {
  for (const wait of ASKED_AFTER_MS) {
    await new Promise((go) => setTimeout(go, wait * (0.5 + Math.random())));
    const { said = null, status } = await get(boot.progress).catch((fault) => fault);
    $("#progress-end")?.remove();
    const line = el("p", { class: "card small", id: "progress-end", role: "status" }, said ?? "");
    if (said) ($("#points-end") ?? $("p", box)).after(line);
    if (said !== null || status) return;
  }
}

function explanation(html) {
  const why = el("div", { class: "text", tabindex: "0" });
  why.innerHTML = html;
  return part("why", t("phone.explanation"), why);
}

const part = (id, title, ...nodes) =>
  el("section", { class: "card", "aria-labelledby": id }, el("h2", { id }, title), ...nodes);

/** One's own first, then the class together; nobody's place in it. */
function ourGoal(goal, progress) {
  const [right, of] = progress ?? [0, 0];
  return el("p", { class: "card small" }, el("b", {}, t("moved.own", { n: right, of })), " ", goalText(goal));
}

function distribution(activity) {
  return part("dist", t("phone.distribution", { n: activity.answered }), ...rowsOf(activity));
}

function rowsOf(activity) {
  const { before, tally, key, kind } = activity;
  const nameOf = (row) => el("b", {}, row);
  if (before) return [rounds(activity, drawn, nameOf), el("p", { class: "small" }, moved(before.moved))];
  return [isGrid(tally) ? grid(tally, nameOf, new Set(key?.options), kind) : bars(activity)];
}

function bars({ tally, answered }) {
  const most = Math.max(1, answered ?? 1);
  const rows = tally.map(({ option, count, label }) => {
    const fill = /^[A-D]$/.test(option) ? `fill-${option.toLowerCase()}` : "fill-e";
    const drawnBar = svg("rect", { class: fill, width: `${(100 * count) / most}%`, height: "100%" });
    const bar = svg("svg", { class: "bar", "aria-hidden": "true" }, drawnBar);
    return el("li", {}, ...drawn(option, label), bar, el("b", {}, t("phone.pupils", { n: count })));
  });
  return el("ol", { class: "dist" }, ...rows);
}

/** An option's shape and its text, as the question has them. */
function drawn(option, label) {
  const shape = $(`button[value="${CSS.escape(option)}"] > svg`)?.cloneNode(true);
  const text = label ? pointed(option, label) : spoken(option);
  const isDrawn = shape && text === option; // the letter stands in its shape
  const drawing = el("span", { class: "dist-shape" }, shape, isDrawn && el("span", { class: "vh" }, text));
  return [drawing, el("span", {}, isDrawn ? "" : text)];
}

/** "a:true" is "a) Đúng". */
function spoken(option) {
  const [name, word] = option.split(":");
  if (word) return `${name}) ${t(`phone.${word}`)}`;
  return name === "true" || name === "false" ? t(`phone.${name}`) : name;
}

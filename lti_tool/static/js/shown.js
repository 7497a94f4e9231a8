/* What a phone shows after the lock: the distribution, two rounds beside each other, the explanation, the class's goal. */

import { grid, isGrid } from "./charts.js";
import { $, boot, el, get, pointed, svg, t } from "./page.js";
import { goalText, moved, rounds } from "./rounds.js";

/** The parts in their order, one's own first. `me`: one's own points, and `progress` (right, answered) where the class has a goal. */
export function shown(activity, goal, me) {
  const parts = [];
  if (activity.key && me?.points) parts.push(el("p", { class: "card small", id: "points" }, ...ownPoints(me.points)));
  if (activity.explanation) parts.push(explanation(activity.explanation)); // said last, read first: it stands where one looks
  if (activity.tally) parts.push(distribution(activity));
  if (activity.key && goal) parts.push(ourGoal(goal, me?.progress));
  return parts;
}

const points = (value) => value.toLocaleString(document.documentElement.lang, { maximumFractionDigits: 2 });

/** One's own and nobody else's, and what speed added. */
function ownPoints({ points: n, of, bonus, speed }) {
  const quick = bonus && ` ${speed && speed !== bonus ? t("moved.bonus_now", { n: points(bonus), now: points(speed) }) : t("moved.bonus", { n: points(bonus) })}`;
  return [el("b", {}, t("moved.points", { n: points(n), of: points(of) })), quick || "", ` ${t("moved.points_what")}`];
}

/** On the page that says that the lesson is over. */
export function atTheEnd(box, own) {
  const line = $("#points-end") ?? el("p", { class: "card small", id: "points-end" });
  line.replaceChildren(...ownPoints(own));
  if (!line.isConnected) $("p", box).after(line);
}

const ASKED_AFTER_MS = [4000, 8000, 16000, 32000, 64000];

/** Under it, how far one has come since one's own lesson before, once a job has read this one; where there is nothing to
    say, nothing. Never all phones of a class at the same moment. */
export async function progressAtTheEnd(box) {
  for (const wait of ASKED_AFTER_MS) {
    await new Promise((go) => setTimeout(go, wait * (0.5 + Math.random())));
    const { said = null, status } = await get(boot.progress).catch((fault) => fault);
    $("#progress-end")?.remove();
    if (said) ($("#points-end") ?? $("p", box)).after(el("p", { class: "card small", id: "progress-end", role: "status" }, said));
    if (said !== null || status) return;
  }
}

function explanation(html) {
  const why = el("div", { class: "text", tabindex: "0" });
  why.innerHTML = html;
  return el("section", { class: "card", "aria-labelledby": "why" }, el("h2", { id: "why" }, t("phone.explanation")), why);
}

/** One's own first, then the class together; nobody's place in it. */
function ourGoal(goal, progress) {
  const [right, of] = progress ?? [0, 0];
  return el("p", { class: "card small" }, el("b", {}, t("moved.own", { n: right, of })), " ", goalText(goal));
}

function distribution(activity) {
  const drawnRows = activity.before ? [rounds(activity, drawn, (row) => el("b", {}, row)), el("p", { class: "small" }, moved(activity.before.moved))] : [isGrid(activity.tally) ? grid(activity.tally, (row) => el("b", {}, row), new Set(activity.key?.options), activity.kind) : bars(activity)];
  return el("section", { class: "card", "aria-labelledby": "dist" }, el("h2", { id: "dist" }, t("phone.distribution", { n: activity.answered })), ...drawnRows);
}

function bars({ tally, answered }) {
  const most = Math.max(1, answered ?? 1);
  const rows = tally.map(({ option, count, label }) => {
    const fill = /^[A-D]$/.test(option) ? `fill-${option.toLowerCase()}` : "fill-e";
    const bar = svg("svg", { class: "bar", "aria-hidden": "true" }, svg("rect", { class: fill, width: `${(100 * count) / most}%`, height: "100%" }));
    return el("li", {}, ...drawn(option, label), bar, el("b", {}, t("phone.pupils", { n: count })));
  });
  return el("ol", { class: "dist" }, ...rows);
}

/** An option's shape and its text, as the question has them. */
function drawn(option, label) {
  const shape = $(`button[value="${CSS.escape(option)}"] > svg`)?.cloneNode(true);
  const text = label ? pointed(option, label) : spoken(option);
  const isDrawn = shape && text === option; // the letter stands in its shape
  return [el("span", { class: "dist-shape" }, shape, isDrawn && el("span", { class: "vh" }, text)), el("span", {}, isDrawn ? "" : text)];
}

/** "a:true" is "a) Đúng". */
function spoken(option) {
  const [name, word] = option.split(":");
  if (word) return `${name}) ${t(`phone.${word}`)}`;
  return name === "true" || name === "false" ? t(`phone.${name}`) : name;
}

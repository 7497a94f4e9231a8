/* The teacher's console: read above, act below. Names come to this page only; the log knows opaque ids. */

import { anew } from "./anew.js";
import { grid, isGrid, spots } from "./charts.js";
import { keepShell } from "./keepshell.js";
import { $, $$, allow, boot, complain, el, get, icon, keyTexts, minutes, pointed, post, svg, t, themes } from "./page.js";
import { oldOf, proofs } from "./proved.js";
import { RollSheet } from "./rollsheet.js";
import { goalText, moved, rounds } from "./rounds.js";
import { SpotSheet } from "./spotsheet.js";
import { Steering } from "./steer.js";
import { ask, openWindow } from "./windows.js";

const FIRST_NAMES = 6;
const LOW_MS = 10000;
const FADES_MS = 180000;
const MOST_NAMED = 300;
const MOST_BARS = 12;
const HOME_SILENT_MS = 300000;
const STEPS = [0, 25, 50, 100];
const page = { view: null, gauge: null, people: {}, isCovered: false, showsAll: false };

const steering = new Steering({
  state: ({ state }) => {
    if (!state) return;
    page.view = state;
    if (state.phase === "ended") return location.replace(boot.report);
    knowNewcomers();
    render();
  },
  gauge: ({ gauge }) => {
    page.gauge = gauge;
    renderCounts();
  },
  link: renderLink,
  over: () => (location.href = boot.report),
  failed: (command, code) => complain({ title: t("console.refused"), what: t(`console.refused.${code}`), reference: code }),
  waits: renderWaiting,
  dropped: (steps) => complain({ title: t("console.dropped", { n: steps.length }), what: t("console.dropped_what", { steps: namesOf(steps) }) }),
});
const live = steering.live;

/** A part whose script comes when it is first wanted, and again where that failed: a promise of it; null before. */
function later(bring) {
  let part = null;
  return (isWanted) => {
    if (isWanted && !part) (part = bring()).catch(() => (part = null));
    return part;
  };
}

const steer = (step) => steering.ask(step);
const paper = later(() => import("./papersheet.js").then(({ PaperSheet }) => new PaperSheet(page)));
const moderation = later(async () => {
  const { Moderation } = await import("./moderate.js");
  return new Moderation($("#posts"), { fetch: async () => (await get(boot.posts)).posts, steer, name: nameOf, photo: photoOfPost });
});
const grouping = later(async () => {
  const { Groups } = await import("./groups.js");
  const round = (id) => page.view.plan.find((one) => one.id === id)?.round;
  return new Groups($("#groups"), { fetch: () => get(boot.groups), steer, page, name: nameOf, photo: photoOfPost, seat: seatOf, round });
});
const peers = later(async () => {
  const { Peers } = await import("./peers.js");
  const number = (id) => page.people[id]?.number ?? Infinity;
  return new Peers($("#peers"), { fetch: async () => (await get(boot.peers)).works, name: nameOf, number });
});

const roll = new RollSheet(Object.assign(page, { now: () => live.now(), called: () => page.view && renderPeople() }));
const spot = new SpotSheet((id) => nameOf(id), looked);

// --- acting -----------------------------------------------------------------------------------------------------------

const current = () => page.view?.current?.id;
const reveal = (what) => steering.ask({ action: "reveal", activity: current(), what });

const acts = {
  lock: () => steering.ask({ action: "close", activity: current() }),
  unlock: () => steering.ask({ action: "reopen", activity: current() }),
  next: () => steering.ask({ action: "next", after: current() ?? null }),
  distribution: () => reveal("distribution"),
  key: () => reveal("key"),
  explanation: () => reveal("explanation"),
  extend: () => steering.ask({ action: "extend", activity: current(), seconds: 30 }),
  back: () => steering.ask(page.view.back),
  reask: () => steering.ask({ action: "reask", activity: current(), round: page.view.current.round }),
  undo: () => page.view.taken && steering.ask({ action: "undo", seq: page.view.taken.seq }),
  goal: () => {
    $("#goal-percent").value = page.view.goal?.percent ?? "";
    sheetFor("#goal");
  },
  podium: () => {
    $("#podium-audience").value = page.view.podium?.audience ?? "";
    sheetFor("#podium");
  },
  speed: () => steering.ask({ action: "count_speed", on: !page.view.counts_speed }),
  discuss: () => sheetFor("#discuss"),
  end_talk: () => steering.ask({ action: "end_talk", activity: current() }),
  confirm: () => steering.ask({ action: "confirm", participants: picked().map(({ id }) => id) }),
  admit: () => steering.ask({ action: "admit", admitting: !page.view.admitting }),
  cover,
  all: () => ((page.showsAll = true), renderSilent()),
  ask: () => sheetFor("#ask"),
  pick: () => steering.ask({ action: "pick", draw: Math.random(), among: among(), after: page.view.picked ?? null }),
  pause: () => steering.ask(page.view.paused ? { action: "go_on" } : { action: "pause", face_down: false }),
  face_down: () => steering.ask({ action: "pause", face_down: true }),
  leaving: () => steering.ask({ action: "count_leaving", on: !page.view.counts_leaving }),
  lower_all: () => steering.ask({ action: "lower", participant: null }),
  phone: showPhoneCode,
  roll: () => roll.open(),
  spot: () => spot.open(),
  paper: () => paper(true).then((sheet) => sheet.open()).catch(complain),
  forget: () => steering.forget(),
  end: async () => (await ask(t("console.end_ask"), t("steer.end"))) && steering.ask({ action: "end" }),
};

/** Opens a sheet that asks. It forgets what it was told before: closed by Escape, it would say that again. */
function sheetFor(id) {
  $(id).returnValue = "";
  $(id).showModal();
}

addEventListener("click", (event) => {
  const button = event.target.closest("[data-do], [data-window], [data-open], [data-release], [data-key], [data-word], [data-call], [data-lower], [data-split]");
  if (!button || button.getAttribute("aria-disabled") === "true") return;
  leaveMenu(button.closest("details.menu"));
  const { do: act, window: to, open, release, key, word, call, lower, split } = button.dataset;
  if (act) acts[act]();
  else if (to) openWindow(to).catch(complain);
  else if (open) steering.ask({ action: "open", activity: open });
  else if (split) steering.ask({ action: "split_team", number: Number(split) });
  else if (release) steering.ask({ action: "release", participant: release });
  else if (call) steering.ask({ action: "call", participant: call });
  else if (lower) steering.ask({ action: "lower", participant: lower });
  else if (key) steering.ask({ action: "set_key", activity: current(), key });
  else if (word) hideWord(word);
});

/** Off every screen, or back; any console can put it back. */
const hideWord = (word) => steering.ask({ action: "hide_word", activity: current(), word, is_hidden: !off().some(({ option }) => option === word) });

/** The line that was pressed is out of sight: what opens now gives the focus back to the menu's button. */
function leaveMenu(menu) {
  if (!menu) return;
  menu.open = false;
  $("summary", menu).focus();
}

$("#ask").addEventListener("close", (event) => event.target.returnValue && steering.ask({ action: "ask", quick: event.target.returnValue }));
addEventListener("change", ({ target }) => {
  if (target.dataset?.extra) steering.ask({ action: "give_time", participant: target.dataset.extra, percent: Number(target.value) });
});
$("#goal").addEventListener("close", ({ target }) => target.returnValue && steering.ask({ action: "set_goal", percent: Number($("#goal-percent").value) || null }));
$("#podium").addEventListener("close", ({ target }) => target.returnValue && steering.ask({ action: "show_podium", audience: $("#podium-audience").value || null }));
$("#discuss").addEventListener("close", ({ target }) => {
  if (!target.returnValue) return;
  const seconds = Number($("#discuss-seconds").value) || null;
  steering.ask({ action: "discuss", activity: current(), round: page.view.current.round, draw: Math.random(), seconds, mixes: $("#discuss-mixes").checked, among: among() });
});
addEventListener("keydown", (event) => {
  if (event.key.toLowerCase() === "h" && !event.ctrlKey && !event.metaKey && !event.target.closest("input, select, textarea")) cover();
});

function cover() {
  page.isCovered = !page.isCovered;
  announce(t(page.isCovered ? "console.covered" : "console.uncovered"));
  renderTally();
  renderSure();
  renderWritten();
  renderPosts();
  renderGroups();
  renderPeers();
  renderPodium(page.view?.podium);
}

async function showPhoneCode() {
  try {
    const { svg: code } = await post(boot.phone);
    $("#phone-qr").innerHTML = code;
    $("#phone").showModal();
    setTimeout(() => $("#phone").close(), 60000);
  } catch (fault) {
    complain(fault);
  }
}
$("#phone").addEventListener("close", () => $("#phone-qr").replaceChildren());

// --- showing ----------------------------------------------------------------------------------------------------------

/** Puts rows in a list only when they changed, and keeps the focus where it was: counts come several times a second. */
function redraw(box, rows) {
  const html = rows.map((row) => row.outerHTML).join("");
  if (box.drawn === html) return;
  box.drawn = html;
  const held = box.contains(document.activeElement) ? Object.entries(document.activeElement.dataset)[0] : null;
  box.replaceChildren(...rows);
  if (held) $(`[data-${held[0]}="${CSS.escape(held[1])}"]`, box)?.focus();
}

let saidLast = "";
function announce(text) {
  if (text === saidLast) return;
  saidLast = text;
  $("#announce").textContent = text;
}

function renderLink(status) {
  const isGood = status === "open" || status === "polling";
  const chip = $("#link");
  chip.className = `chip ${isGood ? "chip-ok" : "chip-warn"}`;
  if (!isGood || chip.dataset.status === "away") announce(t(isGood ? "console.saving" : "console.away"));
  chip.dataset.status = isGood ? "" : status;
  chip.replaceChildren(icon(isGood ? "wifi" : "wifi-off", 16), t(isGood ? (status === "polling" ? "console.polling" : "console.saving") : "console.away"));
}

/** Steps that the network holds back, and what becomes of them. */
function renderWaiting(steps) {
  $("#steps").hidden = !steps.length;
  if (!steps.length) return;
  $("#steps b").textContent = t("console.steps", { n: steps.length, steps: namesOf(steps) });
}

/** The word on the button of a step that has none of its own. */
const PRESSED_AS = { ask: "quick", call: "call", count_leaving: "leaving", discuss: "discuss", give_time: "extra", go_on: "go_on", lower: "lower_all", pause: "pause", pick: "pick", release: "release", set_goal: "goal", set_key: "make_key", show_podium: "podium", undo: "undo" };

function namesOf(steps) {
  const name = ({ action, what }) => boot.words[`steer.${what ? `${action}_${what}` : action}`] ?? boot.words[`console.${PRESSED_AS[action]}`];
  return [...new Set(steps.map((step) => name(step) ?? t("console.step_other")))].join(", ");
}

function render() {
  const { view } = page;
  const asked = view.current;
  const number = view.plan.findIndex(({ id }) => id === asked?.id) + 1;
  const place = t("console.question", { n: number, total: view.plan.length });
  document.body.dataset.phase = view.phase;
  $("#where").textContent = asked ? place : view.title;
  $("#where").toggleAttribute("data-whole", Boolean(asked));
  if (asked) announce(`${place}. ${t(asked.is_open ? "console.open_now" : asked.shown?.length ? `console.shown.${asked.shown.at(-1)}` : "console.locked")}`);
  $("#question-no").replaceChildren(...(asked ? [el("b", {}, place), ...(asked.round > 1 ? [el("span", { class: "chip chip-board" }, t("console.round", { n: asked.round }))] : []), ...(asked.about ? [el("span", { class: "chip" }, icon("users", 16), t("group.name", { n: asked.about }))] : []), ...(asked.is_open ? [] : [el("span", { class: "chip" }, icon("lock", 16), t("console.locked"))])] : []));
  $("#lobby").hidden = Boolean(asked) || view.phase === "ended";
  $("#card").hidden = !asked;
  renderStem(asked);
  renderPlan();
  renderActs();
  renderTally();
  renderPosts();
  renderGroups();
  renderPeers();
  renderTalk();
  renderPeople();
  renderHands();
  renderCounts();
  tick();
}

function renderStem(asked) {
  const box = $("#stem");
  const id = asked ? `${asked.id}` : "";
  if (box.dataset.id === id) return;
  box.dataset.id = id;
  const parts = document.createElement("template");
  parts.innerHTML = asked?.html ?? "";
  page.options = new Map($$("li[data-option], li[data-row]", parts.content).map((li) => [li.dataset.option ?? li.dataset.row, $("span", li).innerHTML]));
  box.innerHTML = $(".stem", parts.content)?.innerHTML ?? "";
  const slide = $(".pj-slide", parts.content);
  if (slide) box.append(slide);
  page.spots = $(".spots", parts.content);
  $("ol", page.spots ?? box)?.setAttribute("aria-hidden", "true"); // the list beside the picture says the same
}

function renderPlan() {
  const rows = page.view.plan.map((one, index) => {
    const isCurrent = one.id === current();
    const isDone = one.round > 0 && !isCurrent;
    const note = one.is_open ? t("console.open_now") : one.round ? t("console.answers", { n: one.answered ?? 0 }) : `${t(`kind.${one.kind}`)} · ${one.seconds ? minutes(one.seconds * 1000) : t("console.untimed")}`;
    const step = String(index + 1);
    const mark = isDone ? [icon("check", 16), el("span", { class: "vh" }, t("console.done"))] : [step];
    return el("li", {}, el("button", { class: "step", type: "button", "data-open": isCurrent ? null : one.id, "data-done": isDone, "aria-current": isCurrent ? "step" : null }, el("i", {}, ...mark), el("span", {}, one.title), el("small", {}, note)));
  });
  redraw($("#plan"), rows);
  keepInSight();
}

/** On a laptop the plan scrolls by itself: the question that has come next stands in its middle. */
function keepInSight() {
  if (page.inSight === current()) return;
  page.inSight = current();
  const [plan, step] = [$(".co-plan"), $("#plan [aria-current]")];
  if (step && plan.scrollHeight > plan.clientHeight) plan.scrollTop = step.offsetTop - plan.clientHeight / 2;
}

/** The buttons never move; only which of them is the next step, and which can be pressed. */
function renderActs() {
  const { view } = page;
  const asked = view.current;
  const can = new Set(view.can ?? []);
  const isOpen = Boolean(asked?.is_open);
  const next = view.forth;
  const primary = { close: "lock", next: "next", reveal: next?.what, reask: "reask", present: "present", end: "end" }[next?.action];
  const back = view.back?.action === "reopen" ? null : view.back; // the big button opens it again
  const isLocked = asked && !isOpen;
  const possible = {
    lock: isOpen, distribution: can.has("distribution"), key: can.has("key"), explanation: can.has("explanation"),
    next: view.phase !== "ended" && (next?.action === "next" || view.plan.some(({ round }) => !round)),
    ask: view.phase !== "ended", pause: view.phase !== "ended",
    extend: (view.talk ? hasClock(view.talk.ends_at, view.talk.left) : isOpen), back: Boolean(back), reask: Boolean(asked) && !isOpen,
  };
  const lock = $("#lock");
  lock.dataset.do = view.talk ? "reask" : isLocked && view.can_reopen ? "unlock" : "lock";
  lock.replaceChildren(icon(view.talk ? "refresh" : lock.dataset.do), view.talk ? t("steer.reask") : t(lock.dataset.do === "unlock" ? "steer.reopen" : "steer.close"));
  possible.unlock = view.can_reopen;
  for (const button of $$(".co-act [data-do]")) {
    const name = button.dataset.do;
    button.classList.toggle("btn-primary", name === primary);
    allow(button, possible[name]);
  }
  const sets = isOpen && !view.talk && !hasClock(asked.closes_at, asked.left); // a clock where there was none
  $("#extend span").textContent = t(sets ? "console.set_clock" : "console.extend");
  $("#extend svg").replaceWith(icon(sets ? "clock" : "plus", 20));
  $("#pause span").textContent = view.paused ? t("console.go_on") : t("console.pause");
  $("#pause svg").replaceWith(icon(view.paused ? "play" : "pause", 20));
  $("#paused").hidden = !view.paused;
  $("#paused span").textContent = view.paused?.face_down ? t("console.is_face_down") : t("console.is_paused");
  $("#back-text").textContent = back ? t(`steer.${back.what ? `${back.action}_${back.what}` : back.action}`) : t("console.back");
  if (page.leaving !== page.view.counts_leaving) {
    page.leaving = page.view.counts_leaving;
    renderLeaving().catch(() => {});
  }
  $("#speed").hidden = view.counts_speed == null;
  $("#speed span").textContent = t(view.counts_speed ? "console.speed_off" : "console.speed_on");
  $("#speed-now").hidden = !(asked ? isOpen && asked.counts_speed : view.phase === "lobby" && view.counts_speed);
  $("#closed").hidden = view.admitting || view.phase === "ended";
  $("#admit span").textContent = t(view.admitting ? "console.stop_admitting" : "console.admit_again");
}

const hasClock = (ends, left) => Boolean(ends) || left != null;

/** What is proposed after a lock, and who talks with whom. */
function renderTalk() {
  const { goal } = page.view;
  $("#goal-now").hidden = !goal;
  if (goal) $("#goal-now span").textContent = goalText(goal);
  renderPodium(page.view.podium);
  const { talk, should_discuss: isProposed, can_discuss: can } = page.view;
  $("#advice").hidden = !isProposed;
  for (const button of $$("[data-do=discuss]")) allow(button, can);
  $("#talk").hidden = !talk;
  if (!talk) return;
  const groups = talk.groups ?? [];
  $("#talk b").textContent = t("console.talk", { n: groups.length });
  redraw($("#talk-groups"), groups.map((group) => el("li", {}, ...group.flatMap((id, n) => [n ? " · " : "", nameOf(id), ...(seatOf(id)?.mode === "home" ? [" ", icon("home", 16), el("span", { class: "vh" }, t("console.at_home"))] : [])]))));
}

/** All groups with their figures, for the teacher; the class is told which are ahead. */
function renderPodium(podium) {
  $("#podium-now").hidden = !podium || page.isCovered;
  if (!podium) return;
  const rows = [...(podium.rows ?? [])].sort((a, b) => b.share - a.share || a.group - b.group);
  const groups = rows.map(({ group, share, here }) => t("console.podium_row", { group, percent: `${Math.round(100 * share)}%`, n: here })).join(" · ");
  $("#podium-now span").textContent = rows.length ? t("console.podium_now", { groups }) : t("console.podium_few");
}

/** Words that were taken off every screen. */
const off = () => page.gauge?.off ?? [];

const allBars = () => page.gauge?.tally ?? page.view?.current?.tally ?? [];

/** Of many bars only those that count something. */
const few = (all) => (all.length > MOST_BARS && !isGrid(all) ? all.filter(({ count }) => count) : all);

/** The distribution. */
const bars = () => few(allBars());

function renderTally() {
  const asked = page.view?.current;
  const box = $("#tally");
  if (!asked) return;
  if (page.isCovered) {
    const button = el("button", { class: "cover", type: "button", "aria-pressed": "true", "data-do": "cover" }, icon("eye-off", 28), t("console.covered"), el("span", { class: "hint" }, t("console.covered_what")));
    box.replaceChildren(button);
    box.dataset.of = "";
    return;
  }
  if (asked.before && !isQuick(asked) && asked.kind !== "cloud") {
    box.dataset.of = "";
    return anew(box, comparedRows(asked));
  }
  if (isGrid(bars())) {
    box.dataset.of = "";
    return anew(box, gridRows());
  }
  const of = `${asked.id}:${asked.round}:${bars().map(({ option }) => option).join()}:${JSON.stringify(page.view.key)}:${asked.is_open}:${off().map(({ label }) => label)}`;
  if (box.dataset.of !== of) {
    box.dataset.of = of;
    anew(box, tallyRows(asked));
  }
  const most = Math.max(1, answeredNow());
  const picture = $(".spots", box);
  if (picture) spots(picture, allBars(), new Set(page.view.key?.options ?? []));
  const rows = $$(".dist > li", box);
  bars().forEach(({ count }, index) => {
    if (!rows[index]) return;
    $(".bar rect", rows[index]).setAttribute("width", `${(100 * count) / most}%`);
    $("b", rows[index]).textContent = count;
  });
}

function tallyHead() {
  const said = page.view.key && keyWords(page.view.key).join(` ${t("console.or")} `);
  return el("p", { class: "row apart hint" }, el("span", {}, t("console.only_here")), said ? el("span", {}, t("console.key"), " ", el("b", {}, said)) : "");
}

/** True and false have words of this page's language. */
const keyWords = (key) => (key.texts.length ? keyTexts(key) : key.options.filter((option) => ["true", "false"].includes(option)).map(spoken));

/** Rows of stacked bars: parts and their places, rows and their columns, gaps and their words. */
const gridRows = () => [tallyHead(), grid(bars(), nameOfRow, new Set(page.view.key?.options ?? []))];

function nameOfRow(row) {
  const name = el("span", {}, el("b", {}, row), " ");
  if (page.options.has(row)) name.append(el("span"));
  if (page.options.has(row)) name.lastChild.innerHTML = page.options.get(row);
  return name;
}

/** This round beside the one before. */
function comparedRows(asked) {
  const { key } = page.view;
  const picture = page.spots?.cloneNode(true);
  if (picture) spots(picture, allBars(), new Set(key?.options ?? []));
  const told = { ...asked, key, tally: few(asked.tally), before: { ...asked.before, tally: few(asked.before.tally) } };
  return [tallyHead(), ...(picture ? [picture] : []), rounds(told, shapeAndText, nameOfRow), el("p", {}, moved(asked.before.moved))];
}

function tallyRows(asked) {
  if (asked.wall) return [];
  const keys = new Set(page.view.key?.options ?? []);
  const head = [tallyHead(), ...(page.spots ? [page.spots.cloneNode(true)] : [])];
  if (!bars().length) return [...head, ...offRow(), el("p", { class: "small" }, t(asked.naming ? "console.unnamed" : boot.read.includes(asked.kind) ? "console.open_text" : "console.no_answers"))];
  const [canKey, isCloud] = [isQuick(asked) && !asked.is_open, asked.kind === "cloud"];
  const rows = bars().map(({ option, label }) => {
    const [shape, text] = shapeAndText(option, label);
    const fill = /^[A-D]$/.test(option) ? `fill-${option.toLowerCase()}` : "fill-e";
    const bar = svg("svg", { class: "bar", "aria-hidden": "true" }, svg("rect", { class: fill, width: "0%", height: "100%" }));
    // A short answer's own form is bare of accents: what the class is told is as a pupil wrote it.
    const mark = keys.has(option) ? el("small", {}, el("b", {}, t("console.key"))) : canKey && option ? el("button", { class: "btn btn-quiet", type: "button", "data-key": asked.kind === "short" ? label : option }, t("console.make_key")) : isCloud ? wordButton("eye-off", option, el("span", { class: "vh" }, t("console.hide_word", { word: label || option }))) : el("small");
    return el("li", { class: keys.has(option) ? "key" : null }, shape, text, bar, el("b"), mark);
  });
  return [...head, el("ol", { class: canKey || isCloud ? "dist dist-keys" : "dist" }, ...rows), ...offRow()];
}

function offRow() {
  const words = off().map(({ option, label }) => wordButton("undo", option, t("console.show_word", { word: label })));
  return words.length ? [el("p", { class: "row" }, ...words)] : [];
}

const wordButton = (name, word, text) => el("button", { class: "btn btn-quiet", type: "button", "data-word": word }, icon(name), text);

const isQuick = (asked) => page.view.plan.find(({ id }) => id === asked.id)?.is_quick;

function shapeAndText(option, label) {
  const drawn = document.getElementById(`shape-${option}`)?.content.cloneNode(true);
  const text = el("span");
  if (drawn) text.innerHTML = page.options.get(option) ?? "";
  if (drawn) return [drawn, text];
  const word = el("em", {}, label ? pointed(option, label) : spoken(option));
  if (page.options.has(option)) word.innerHTML = page.options.get(option); // as the question says it
  return [word, text]; // a word needs no second one beside it
}

/** "a:true" is "a) Đúng". */
function spoken(option) {
  const [name, word] = option.split(":");
  if (word) return `${name}) ${t(`console.${word}`)}`;
  return name === "true" || name === "false" ? t(`console.${name}`) : name;
}

// --- counts and people ------------------------------------------------------------------------------------------------

const NOBODY = { room: 0, home: 0 };
const answeredNow = () => (page.gauge?.answered ? page.gauge.answered.room + page.gauge.answered.home : 0);

function renderCounts() {
  const { gauge, view } = page;
  if (!gauge || !view) return;
  const present = gauge.present.room + gauge.present.home;
  const isVeiled = !gauge.answered; // nobody is told who has posted
  const answered = isVeiled ? (view.current.wall.total ?? 0) : answeredNow();
  const whole = Math.max(present, answered, 1);
  $("#here").textContent = present;
  $("#here-modes").textContent = t("console.present", { a: gauge.present.room, b: gauge.present.home });
  barsOf("here", gauge.present, Math.max(boot.total, present, 1));
  $("#answered").textContent = answered;
  $("#answered-what").textContent = t(isVeiled ? "console.posted" : "console.answered");
  $("#of").textContent = isVeiled ? "" : `/${Math.max(present, answered)}`;
  $("#room").textContent = gauge.present.room;
  $("#home").textContent = gauge.present.home;
  const by = gauge.answered ?? NOBODY;
  $("#modes").textContent = (isVeiled ? t("console.veiled") : t("console.modes", { a: by.room, b: Math.max(gauge.present.room, by.room), c: by.home, d: Math.max(gauge.present.home, by.home) })) + (gauge.late ? ` · ${t("console.late", { n: gauge.late })}` : "");
  barsOf("bar", by, whole);
  renderTally();
  renderSure();
  renderWritten();
  renderSilent();
  renderGroups();
  renderPeers();
  renderHome();
}

/** Right and wrong by how sure they were: who is wrong and sure has learnt something else. */
function renderSure() {
  const cells = page.gauge?.cells;
  $("#sure").hidden = !cells || page.isCovered;
  for (const cell of $$("[data-cell]")) $("b", cell).textContent = cells?.[cell.dataset.cell] ?? 0;
}

function barsOf(id, { room, home }, whole) {
  $(`#${id}-room`).setAttribute("width", `${(100 * room) / whole}%`);
  $(`#${id}-home`).setAttribute("x", `${(100 * room) / whole + 0.3}%`);
  $(`#${id}-home`).setAttribute("width", `${(100 * home) / whole}%`);
}

function renderPosts() {
  const isWanted = Boolean(page.view.current?.wall);
  moderation(isWanted)?.then((one) => one.update(page.view.current, page.isCovered, (page.view.seats ?? []).length)).catch(() => {});
}

const photoOfPost = (number) => boot.post_photo.replace("which/0/0", `${current()}/${page.view.current.round}/${number}`);

/** Who works with whom and what they have handed in. */
function renderGroups() {
  grouping(Boolean(page.view.grouping))?.then((one) => one.update(page.view.current, page.view.grouping, page.isCovered)).catch(() => {});
}

/** Who assesses whom. */
function renderPeers() {
  const asked = page.view.current;
  const stamp = JSON.stringify([page.gauge?.tally, page.gauge?.late, page.view.seats?.length]);
  peers(Boolean(asked?.peers))?.then((one) => one.update(asked, stamp, page.isCovered)).catch(() => {});
}

let reading = null;
/** Texts are fetched when their number changed, at most every two seconds; they never travel with the state. */
function renderWritten() {
  const asked = page.view.current;
  const isOpenText = boot.read.includes(asked?.kind) && !page.isCovered;
  $("#written").hidden = !isOpenText;
  const of = isOpenText ? `${asked.id}:${asked.round}:${answeredNow()}:${page.gauge?.late}:${asked.naming && asked.is_open}` : "";
  if (!isOpenText || page.read === of || reading) return;
  reading = setTimeout(async () => {
    const count = await fetchWritten().catch(() => {});
    page.read = asked.naming && !asked.is_open && count === 0 ? "again" : of; // what has no name is told a while after the lock
    reading = null;
    renderWritten();
  }, page.read ? 2000 : 0);
}

async function fetchWritten() {
  const { texts } = await get(boot.written);
  const rows = texts.sort((a, b) => byNumber({ id: a.who }, { id: b.who })).map(({ who, pen, text, photo }) => {
    const name = who ? nameOf(who) : pen || t("console.nobody");
    const picture = photo && el("a", { href: photo, target: "_blank" }, el("img", { class: "picture-thumb", src: photo, alt: t("console.photo_of", { name }) }));
    return el("li", {}, el("b", {}, name), el("div", {}, text && el("p", { class: "pre" }, text), picture));
  });
  $("#texts").replaceChildren(...rows);
  return rows.length;
}

const nameOf = (id) => page.people[id]?.name ?? t("console.unknown");
const byNumber = (a, b) => (page.people[a.id]?.number ?? 999) - (page.people[b.id]?.number ?? 999);

/** Who has not answered, and why. */
function renderSilent() {
  const { gauge, view } = page;
  const who = new Set(gauge?.who ?? []);
  const here = new Set(gauge?.here ?? []);
  const asked = view.current;
  $("#silent-section").hidden = !asked || gauge?.answered === null;
  const silent = asked ? (view.seats ?? []).filter(({ id }) => !who.has(id)).sort(byNumber) : [];
  $("#silent-count").textContent = silent.length;
  const shown = page.showsAll ? silent : silent.slice(0, FIRST_NAMES);
  const rows = shown.map(({ id, mode, proof }) => {
    const isHere = here.has(id);
    const why = proof === "card" ? el("span", { class: "chip" }, icon("qr", 16), t("console.by_card")) : isHere ? el("span", { class: "chip" }, icon("eye", 16), t("console.reading")) : el("span", { class: "chip chip-warn" }, icon("wifi-off", 16), t("console.gone"));
    return el("li", {}, nameOf(id), " ", ...(mode === "home" ? [icon("home"), el("span", { class: "vh" }, t("console.at_home"))] : []), el("span", { class: "grow" }), why);
  });
  if (silent.length > shown.length) rows.push(el("li", {}, el("button", { class: "btn btn-quiet", type: "button", "data-do": "all" }, t("console.all", { n: silent.length }))));
  rows.push(...(asked ? missingRows() : []));
  redraw($("#silent"), rows);
}

/** Who is on the list and not in the lesson: how many, and by name for who asks. */
function missingRows() {
  const seated = new Set((page.view.seats ?? []).map(({ id }) => id));
  const missing = Object.entries(page.people).filter(([id, { number }]) => !seated.has(id) && number <= boot.total).map(([id]) => ({ id })).sort(byNumber);
  if (!missing.length) return [];
  if (!page.showsAll) return [el("li", {}, el("button", { class: "btn btn-quiet", type: "button", "data-do": "all" }, t("console.missing", { n: missing.length })))];
  return missing.map(({ id }) => el("li", {}, nameOf(id), el("span", { class: "grow" }), el("span", { class: "chip" }, icon("phone", 16), t("console.not_in"))));
}

// --- hands ------------------------------------------------------------------------------------------------------------

/** Who is here; of a class too large for one frame, everybody. */
const among = () => ((page.gauge?.here ?? []).length <= MOST_NAMED ? (page.gauge?.here ?? []) : []);
const seatOf = (id) => (page.view.seats ?? []).find((seat) => seat.id === id);
const placeIcon = (id) => [icon(seatOf(id)?.mode === "home" ? "home" : "board"), el("span", { class: "vh" }, t(seatOf(id)?.mode === "home" ? "console.at_home" : "console.in_room"))];
const heardText = (id) => (seatOf(id)?.heard ? t("console.heard", { n: seatOf(id).heard }) : t("console.never_heard"));
const small = (text, data, id) => el("button", { class: "btn", type: "button", [data]: id }, text, el("span", { class: "vh" }, ` ${nameOf(id)}`));

/** Who has the word, whom the dice propose, then the hands: the longest waiting first. */
function renderHands() {
  const { hands = [], called, picked } = page.view;
  const rows = [];
  if (called) rows.push(turn(called, t("console.speaking"), small(t("console.done_speaking"), "data-lower", called)));
  if (picked) rows.push(turn(picked, heardText(picked), small(t("console.call"), "data-call", picked), el("button", { class: "btn", type: "button", "data-do": "pick" }, t("console.pick_other")), small(t("console.pick_none"), "data-lower", picked)));
  for (const { id, at } of hands.filter(({ id }) => id !== picked)) rows.push(turn(id, el("span", { "data-since": at }), small(t("console.call"), "data-call", id), small(t("console.lower"), "data-lower", id)));
  $("#hands-count").textContent = hands.length;
  $("#hands-section").classList.toggle("waiting", rows.length > 0);
  $("#lower-all").hidden = hands.length < 2;
  $("#hands-section > .btn").hidden = Boolean(picked) || page.view.phase === "ended";
  redraw($("#hands"), rows);
  if (hands.length > (page.handsSeen ?? 0)) announce(t("console.hand_up", { name: nameOf(hands.at(-1).id) }));
  page.handsSeen = hands.length;
  renderHome();
}

const turn = (id, note, ...buttons) => el("li", { class: "turn" }, el("b", {}, nameOf(id), " ", ...placeIcon(id)), el("span", { class: "small" }, note), el("span", { class: "row" }, ...buttons));

/** The seats at home as one row that the teacher sees at a glance: hands first, by waiting. */
function renderHome() {
  const since = new Map((page.view.hands ?? []).map(({ id, at }) => [id, at]));
  const who = new Set(page.gauge?.who ?? []);
  const here = new Set(page.gauge?.here ?? []);
  const home = (page.view.seats ?? []).filter(({ mode }) => mode === "home");
  home.sort((a, b) => (since.get(a.id) ?? Infinity) - (since.get(b.id) ?? Infinity) || byNumber(a, b));
  $("#home-row").hidden = !home.length;
  const stands = (id) => (since.has(id) ? "hand" : !here.has(id) ? "away" : who.has(id) ? "answered" : "reading");
  const icons = { hand: "hand", away: "wifi-off", answered: "check", reading: "eye" };
  redraw(
    $("#home-seats"),
    home.map(({ id }) => {
      const how = stands(id);
      return el("li", { class: `chip ${how === "away" ? "chip-warn" : ""}` }, icon(icons[how], 16), page.people[id]?.short ?? nameOf(id), el("span", { class: "vh" }, `: ${t(`console.seat.${how}`)}`), since.has(id) && el("span", { "data-since": since.get(id) }));
    }),
  );
}

/** Nobody at home has had the word for long: whose hand waits longest there, else who was heard least, may be asked. */
function renderHomeHint() {
  const here = new Set(page.gauge?.here ?? []);
  const since = new Map((page.view.hands ?? []).map(({ id, at }) => [id, at]));
  const home = (page.view.seats ?? []).filter(({ id, mode }) => mode === "home" && here.has(id));
  const silent = live.now() - (page.view.home_heard_at ?? live.now());
  const isLong = page.view.phase === "running" && !page.view.paused && silent >= HOME_SILENT_MS && home.length > 0;
  $("#home-hint").hidden = !isLong;
  if (!isLong) return;
  home.sort((a, b) => (since.get(a.id) ?? Infinity) - (since.get(b.id) ?? Infinity) || (a.heard ?? 0) - (b.heard ?? 0) || byNumber(a, b));
  $("#home-hint span").textContent = t("console.home_silent", { n: Math.floor(silent / 60000) });
  $("#home-hint .btn").dataset.call = home[0].id;
  $("#home-hint .btn").textContent = t("console.home_ask", { name: page.people[home[0].id]?.short ?? nameOf(home[0].id) });
}

/** Words on the pace, without names; each fades by itself. */
function renderPace() {
  const fresh = (page.view?.pace ?? []).filter(({ at }) => live.now() - at < FADES_MS);
  const count = (what) => fresh.filter((sign) => sign.what === what).length;
  const parts = ["lost", "fast"].filter(count).map((what) => t(`console.pace.${what}`, { n: count(what) }));
  $("#pace").hidden = !parts.length;
  $("#pace span").textContent = parts.join(" · ");
}

/** Names that nobody has vouched for, as this screen shows them. */
const picked = () => (page.view.seats ?? []).filter(({ standing }) => standing === "picked");

/** Seats: who picked a name that nobody vouched for, and a way to free a name. */
function renderPeople() {
  const seats = [...(page.view.seats ?? [])].sort(byNumber);
  roll.show();
  $("#claims").hidden = !picked().length;
  $("#claims-count").textContent = t("console.claims", { n: picked().length });
  $("#seats-count").textContent = seats.length;
  page.old = oldOf(seats, live.now());
  const rows = seats.map((seat) => seatRow(seat, seats));
  redraw($("#seat-list"), rows);
}

/** One seat: what proves it, who vouches for it, more time, and a way to free the name. */
function seatRow(seat, seats) {
  const { id, standing, extra, team, hosts } = seat;
  return el(
    "li",
    { class: "seat" },
    el("b", {}, nameOf(id)),
    el(
      "span",
      { class: "row" },
      ...proofs(seat, roll.said(id), page.people[id]?.look, live.now()),
      standing === "picked" && el("span", { class: "chip chip-warn" }, t("console.picked")),
      standing === "nameless" && el("span", { class: "chip chip-warn" }, t("console.nameless")),
      team && el("span", { class: "chip chip-board" }, icon("users", 16), t("console.team", { names: seats.filter((one) => one.team === team && one.id !== id).map((one) => nameOf(one.id)).join(", ") })),
      hosts && el("button", { class: "btn", type: "button", "data-split": team }, t("console.split")),
    ),
    el("label", { class: "seat-extra" }, el("span", {}, t("console.extra"), el("span", { class: "vh" }, ` ${nameOf(id)}`)), " ", el("select", { class: "input input-small", "data-extra": id }, ...STEPS.map((percent) => el("option", { value: percent, selected: percent === (extra ?? 0) }, percent ? `+${percent}%` : "–")))),
    el("button", { class: "btn btn-quiet", type: "button", "data-release": id }, t("console.release"), el("span", { class: "vh" }, ` ${nameOf(id)}`)),
  );
}

/** What a spot check has just said of a pupil. */
function looked(who, seen) {
  if (page.people[who]) page.people[who].look = { seen, at: live.now() };
  if (page.view) renderPeople();
}

async function fetchPeople() {
  try {
    page.people = await get(boot.people);
    if (page.view) render();
    roll.named();
    paper()?.then((one) => one.named(), () => {});
  } catch {
    /* Names come with the next try; ids are never shown. */
  }
}

let asking = null;
/** Somebody sat down whose name is not known here yet. */
function knowNewcomers() {
  const isUnknown = (page.view.seats ?? []).some(({ id }) => !page.people[id]);
  if (isUnknown && !asking) asking = setTimeout(() => ((asking = null), fetchPeople()), 800);
}

/** A number to glance at, where the teacher counts; asked for while it is. */
async function renderLeaving() {
  const isOn = Boolean(page.view?.counts_leaving);
  $("#leaving").hidden = !isOn;
  $("#leaving-do").textContent = t(isOn ? "console.leaving_stop" : "console.leaving");
  if (!isOn) return;
  const { pupils, times } = await get(boot.left);
  $("#leaving span").textContent = t("console.leaving_count", { pupils: t("console.leaving_pupils", { n: pupils }), times: t("console.leaving_times", { n: times }) });
}

// --- time -------------------------------------------------------------------------------------------------------------

function tick() {
  for (const node of $$("[data-since]")) node.textContent = t("console.waits", { time: minutes(Math.max(0, live.now() - node.dataset.since)) });
  if (page.view) renderPace();
  if (page.view) renderHomeHint();
  if (page.view && oldOf(page.view.seats ?? [], live.now()) !== page.old) renderPeople();
  const asked = page.view?.current;
  const talk = page.view?.talk;
  const ends = talk ? talk.ends_at : asked?.closes_at;
  const left = (talk ?? asked)?.left ?? (ends ? ends - live.now() : null);
  const taken = page.view?.taken;
  $("#undo").hidden = !taken || taken.until < live.now();
  if (taken) $("#undo span").textContent = t(`console.undo.${taken.what}`);
  const [waiting, until] = page.view?.waits ?? [];
  $("#extra").hidden = !waiting || asked?.is_open || until < live.now();
  if (waiting) $("#extra span").textContent = t("console.waits_for", { n: waiting, time: minutes(Math.max(0, until - live.now())) });
  $("#timer").hidden = !asked?.is_open && !talk;
  $("#clock").textContent = left === null ? t("console.untimed") : minutes(left);
  $("#timer").toggleAttribute("data-words", left === null);
  $("#timer").toggleAttribute("data-low", left !== null && left < LOW_MS);
}

setInterval(() => renderLeaving().catch(() => {}), 10000);
themes($("#theme"));
steering.start();
fetchPeople();
setInterval(tick, 250);
keepShell(boot.worker);

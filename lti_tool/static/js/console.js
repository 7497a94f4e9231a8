/* The teacher's console: read above, act below. Names come to this page only; the log knows opaque ids. */

import { anew } from "./anew.js";
import { grid, isGrid, spots } from "./charts.js";
import { keepShell } from "./keepshell.js";
import { $, $$, allow, boot, chip, complain, el, get, icon, keyTexts, minutes, pointed, post, svg, t, themes } from "./page.js";
import { oldOf, proofs } from "./proved.js";
import { RollSheet } from "./rollsheet.js";
import { goalText, moved, rounds } from "./rounds.js";
import { SpotSheet } from "./spotsheet.js";
import { Steering } from "./steer.js";
import { ask, openWindow } from "./windows.js";

const FIRST_NAMES = 6;
const LOW_MS = 10000;
const FADES_MS = 180000;
const EXPLAINS_MS = 6000;
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
const reveal = (what) => steer({ action: "reveal", activity: current(), what });

const acts = {
  lock: () => steer({ action: "close", activity: current() }),
  unlock: () => steer({ action: "reopen", activity: current() }),
  next: () => steer({ action: "next", after: current() ?? null }),
  distribution: () => reveal("distribution"),
  key: () => reveal("key"),
  explanation: () => reveal("explanation"),
  extend: () => steer({ action: "extend", activity: current(), seconds: 30 }),
  back: () => steer(page.view.back),
  reask: () => steer({ action: "reask", activity: current(), round: page.view.current.round }),
  undo: () => page.view.taken && steer({ action: "undo", seq: page.view.taken.seq }),
  goal: () => {
    $("#goal-percent").value = page.view.goal?.percent ?? "";
    sheetFor("#goal");
  },
  podium: () => {
    $("#podium-audience").value = page.view.podium?.audience ?? "";
    sheetFor("#podium");
  },
  speed: () => steer({ action: "count_speed", on: !page.view.counts_speed }),
  discuss: () => sheetFor("#discuss"),
  end_talk: () => steer({ action: "end_talk", activity: current() }),
  confirm: () => steer({ action: "confirm", participants: picked().map(({ id }) => id) }),
  admit: () => steer({ action: "admit", admitting: !page.view.admitting }),
  cover,
  all: () => ((page.showsAll = true), renderSilent()),
  ask: () => sheetFor("#ask"),
  pick: () => steer({ action: "pick", draw: Math.random(), among: among(), after: page.view.picked ?? null }),
  pause: () => steer(page.view.paused ? { action: "go_on" } : { action: "pause", face_down: false }),
  face_down: () => steer({ action: "pause", face_down: true }),
  leaving: () => steer({ action: "count_leaving", on: !page.view.counts_leaving }),
  lower_all: () => steer({ action: "lower", participant: null }),
  phone: showPhoneCode,
  roll: () => roll.open(),
  spot: () => spot.open(),
  paper: () => paper(true).then((sheet) => sheet.open()).catch(complain),
  forget: () => steering.forget(),
  end: async () => (await ask(t("console.end_ask"), t("steer.end"))) && steer({ action: "end" }),
};

/** Opens a sheet that asks. It forgets what it was told before: closed by Escape, it would say that again. */
function sheetFor(id) {
  $(id).returnValue = "";
  $(id).showModal();
}

/** What a press does, by the button's data attribute, with that attribute's value. */
const presses = {
  do: (act) => acts[act](),
  window: (address) => openWindow(address).catch(complain),
  open: (activity) => steer({ action: "open", activity }),
  split: (number) => steer({ action: "split_team", number: Number(number) }),
  release: (participant) => steer({ action: "release", participant }),
  call: (participant) => steer({ action: "call", participant }),
  lower: (participant) => steer({ action: "lower", participant }),
  key: (key) => steer({ action: "set_key", activity: current(), key }),
  word: hideWord,
};
const PRESSED = Object.keys(presses).map((name) => `[data-${name}]`).join();

addEventListener("click", ({ target }) => {
  const button = target.closest(PRESSED);
  if (!button) return;
  if (button.getAttribute("aria-disabled") === "true") return explain(button.title);
  leaveMenu(button.closest("details.menu"));
  const name = Object.keys(presses).find((one) => button.dataset[one]);
  if (name) presses[name](button.dataset[name]);
});

/** Why a button does nothing now; a finger has no pointer to rest on it. */
function explain(why) {
  $("#why").textContent = why;
  $("#why").hidden = !why;
  clearTimeout(page.explains);
  page.explains = setTimeout(() => ($("#why").hidden = true), EXPLAINS_MS);
}

/** Off every screen, or back; any console can put it back. */
function hideWord(word) {
  const isOff = off().some(({ option }) => option === word);
  steer({ action: "hide_word", activity: current(), word, is_hidden: !isOff });
}

/** The line that was pressed is out of sight: what opens now gives the focus back to the menu's button. */
function leaveMenu(menu) {
  if (!menu) return;
  menu.open = false;
  $("summary", menu).focus();
}

/** What follows when a sheet was closed by one of its buttons; `say` hears which. */
function onAnswer(id, say) {
  $(id).addEventListener("close", ({ target: { returnValue } }) => returnValue && say(returnValue));
}

onAnswer("#ask", (quick) => steer({ action: "ask", quick }));
addEventListener("change", ({ target }) => {
  if (target.dataset?.extra) steer({ action: "give_time", participant: target.dataset.extra, percent: Number(target.value) });
});
onAnswer("#goal", () => steer({ action: "set_goal", percent: Number($("#goal-percent").value) || null }));
onAnswer("#podium", () => steer({ action: "show_podium", audience: $("#podium-audience").value || null }));
onAnswer("#discuss", () => {
  const seconds = Number($("#discuss-seconds").value) || null;
  const { round } = page.view.current;
  const mixes = $("#discuss-mixes").checked;
  steer({ action: "discuss", activity: current(), round, draw: Math.random(), seconds, mixes, among: among() });
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

/** Words for who hears the page and does not see it. */
const unseen = (text) => el("span", { class: "vh" }, text);
const quiet = (data, ...content) => el("button", { class: "btn btn-quiet", type: "button", ...data }, ...content);

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
const PRESSED_AS = {
  ask: "quick",
  call: "call",
  count_leaving: "leaving",
  discuss: "discuss",
  give_time: "extra",
  go_on: "go_on",
  lower: "lower_all",
  pause: "pause",
  pick: "pick",
  release: "release",
  set_goal: "goal",
  set_key: "make_key",
  show_podium: "podium",
  undo: "undo",
};

function namesOf(steps) {
  const name = ({ action, what }) => boot.words[`steer.${what ? `${action}_${what}` : action}`] ?? boot.words[`console.${PRESSED_AS[action]}`];
  return [...new Set(steps.map((step) => name(step) ?? t("console.step_other")))].join(", ");
}

function render() {
  const { view } = page;
  const asked = view.current;
  const number = view.plan.findIndex(({ id }) => id === asked?.id) + 1;
  const place = t(asked?.kind === "slide" ? "console.part" : "console.question", { n: number, total: view.plan.length });
  document.body.dataset.phase = view.phase;
  $("#where").textContent = asked ? place : view.title;
  $("#where").toggleAttribute("data-whole", Boolean(asked));
  if (asked) announce(`${place}. ${t(asked.is_open ? "console.open_now" : asked.shown?.length ? `console.shown.${asked.shown.at(-1)}` : "console.locked")}`);
  $("#question-no").replaceChildren(...(asked ? [el("b", {}, place), ...chipsOf(asked)] : []));
  $("#lobby").hidden = Boolean(asked) || view.phase === "ended";
  $("#card").hidden = !asked;
  renderStem(asked);
  renderAnswering(asked?.answering);
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

/** Beside the question's number: what is special about this asking of it. */
function chipsOf({ round, about, is_open: isOpen, answering }) {
  const chips = [];
  if (round > 1) chips.push(el("span", { class: "chip chip-board" }, t("console.round", { n: round })));
  if (about) chips.push(chip("", "users", t("group.name", { n: about })));
  if (answering) chips.push(chip("", "users", t(`console.answering.${answering}`)));
  if (!isOpen) chips.push(chip("", "lock", t("console.locked")));
  return chips;
}

/** Below the count on a phone, which has no line for the question's chips. */
function renderAnswering(answering) {
  $("#who-answers").hidden = !answering;
  if (answering) $("#who-answers span").textContent = t(`console.answering.${answering}`);
}

function renderStem(asked) {
  const box = $("#stem");
  const id = asked ? `${asked.id}` : "";
  if (box.dataset.id === id) return;
  box.dataset.id = id;
  const parts = document.createElement("template");
  parts.innerHTML = asked?.html ?? "";
  page.options = new Map($$("li[data-option], li[data-row]", parts.content).map((li) => [li.dataset.option ?? li.dataset.row, $("span", li).innerHTML]));
  page.columns = new Map($$(".pj-columns [data-column]", parts.content).map((li) => [li.dataset.column, li.lastElementChild.innerHTML]));
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
    const mark = isDone ? [icon("check", 16), unseen(t("console.done"))] : [String(index + 1)];
    const opens = { "data-open": isCurrent ? null : one.id, "data-done": isDone, "aria-current": isCurrent ? "step" : null };
    const parts = [el("i", {}, ...mark), el("span", {}, one.title), el("small", {}, noteOf(one))];
    return el("li", {}, el("button", { class: "step", type: "button", ...opens }, ...parts));
  });
  redraw($("#plan"), rows);
  keepInSight();
}

function noteOf({ is_open: isOpen, round, answered, kind, seconds }) {
  if (isOpen) return t("console.open_now");
  if (round && kind === "slide") return answered ? t("console.part_answers", { n: answered }) : t("console.part_done");
  if (round) return t("console.answers", { n: answered ?? 0 });
  return `${t(`kind.${kind}`)} · ${seconds ? minutes(seconds * 1000) : t("console.untimed")}`;
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
  const does = view.talk ? "reask" : isLocked && view.can_reopen ? "unlock" : "lock";
  lock.dataset.do = does;
  const word = { reask: t("steer.reask"), unlock: t("steer.reopen"), lock: t("steer.close") }[does];
  lock.replaceChildren(icon(does === "reask" ? "refresh" : does), word);
  possible.unlock = view.can_reopen;
  for (const button of $$(".co-act [data-do]")) {
    const name = button.dataset.do;
    button.classList.toggle("btn-primary", name === primary);
    allow(button, possible[name], possible[name] ? "" : whyNot(name));
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

/** Why a button cannot be pressed now. */
function whyNot(name) {
  const { view } = page;
  const asked = view.current;
  if (view.phase === "ended") return t("console.why.ended");
  if (name === "next") return t("console.why.last");
  if (!asked) return t("console.why.no_question");
  if (name === "back") return t("console.why.no_step");
  if (name === "extend") return t(view.talk ? "console.why.untimed" : "console.why.locked");
  if (name === "discuss" && view.talk) return t("console.why.talking");
  if (asked.is_open) return t("console.why.open");
  if (asked.shown?.includes(name)) return t("console.why.shown");
  if (asked.naming && !asked.wall && name !== "key" && name !== "explanation") return t(`console.why.unnamed_${name}`);
  return t(["distribution", "key", "explanation"].includes(name) ? `console.why.no_${name}` : "console.why.spent");
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
  for (const button of $$("[data-do=discuss]")) allow(button, can, can ? "" : whyNot("discuss"));
  $("#talk").hidden = !talk;
  if (!talk) return;
  const groups = talk.groups ?? [];
  $("#talk b").textContent = t("console.talk", { n: groups.length });
  const whoIs = (id) => [nameOf(id), ...(isAtHome(id) ? [" ", icon("home", 16), unseen(t("console.at_home"))] : [])];
  redraw($("#talk-groups"), groups.map((group) => el("li", {}, ...group.flatMap((id, n) => [n ? " · " : "", ...whoIs(id)]))));
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
    const said = [icon("eye-off", 28), t("console.covered"), el("span", { class: "hint" }, t("console.covered_what"))];
    box.replaceChildren(el("button", { class: "cover", type: "button", "aria-pressed": "true", "data-do": "cover" }, ...said));
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
  const drawn = [bars().map(({ option }) => option), off().map(({ label }) => label)];
  const of = JSON.stringify([asked.id, asked.round, page.view.key, asked.is_open, toldToAll(asked), ...drawn]);
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
  const seen = t(toldToAll(page.view.current) ? "console.seen_by_all" : "console.only_here");
  return el("p", { class: "row apart hint" }, el("span", {}, seen), said ? el("span", {}, t("console.key"), " ", el("b", {}, said)) : "");
}

/** True and false have words of this page's language. */
const keyWords = (key) => (key.texts.length ? keyTexts(key) : key.options.filter((option) => ["true", "false"].includes(option)).map(spoken));

const toldToAll = (asked) => asked.shown?.includes("distribution");

/** Rows of stacked bars: parts and their places, rows and their columns, gaps and their words. */
const gridRows = () => [tallyHead(), grid(bars(), nameOfRow, new Set(page.view.key?.options ?? []), page.view.current.kind), ...columnNames()];

function columnNames() {
  const named = [...page.columns].map(([letter, html]) => {
    const name = el("span");
    name.innerHTML = html;
    return el("li", {}, el("b", {}, letter), " ", name);
  });
  return named.length ? [el("ul", { class: "columns-named small" }, ...named)] : [];
}

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
  if (!bars().length) {
    const why = asked.naming ? t("console.unnamed") : boot.read.includes(asked.kind) ? t("console.open_text") : t("console.no_answers");
    return [...head, ...offRow(), el("p", { class: "small" }, why)];
  }
  const [canKey, isCloud] = [isQuick(asked) && !asked.is_open, asked.kind === "cloud"];
  const besideBar = (option, label) => {
    if (keys.has(option)) return el("small", {}, el("b", {}, t("console.key")));
    // A short answer's own form is bare of accents: what the class is told is as a pupil wrote it.
    if (canKey && option) return quiet({ "data-key": asked.kind === "short" ? label : option }, t("console.make_key"));
    if (isCloud) return wordButton("eye-off", option, unseen(t("console.hide_word", { word: label || option })));
    return el("small");
  };
  const rows = bars().map(({ option, label }) => {
    const [shape, text] = shapeAndText(option, label);
    const fill = /^[A-D]$/.test(option) ? `fill-${option.toLowerCase()}` : "fill-e";
    const bar = svg("svg", { class: "bar", "aria-hidden": "true" }, svg("rect", { class: fill, width: "0%", height: "100%" }));
    return el("li", { class: keys.has(option) ? "key" : null }, shape, text, bar, el("b"), besideBar(option, label));
  });
  return [...head, el("ol", { class: canKey || isCloud ? "dist dist-keys" : "dist" }, ...rows), ...offRow()];
}

function offRow() {
  const words = off().map(({ option, label }) => wordButton("undo", option, t("console.show_word", { word: label })));
  return words.length ? [el("p", { class: "row" }, ...words)] : [];
}

const wordButton = (name, word, text) => quiet({ "data-word": word }, icon(name), text);

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
  $("#answered-what").textContent = t(isVeiled ? "console.posted" : view.current?.kind === "slide" ? "console.said_so" : "console.answered");
  $("#of").textContent = isVeiled ? "" : `/${Math.max(present, answered)}`;
  $("#room").textContent = gauge.present.room;
  $("#home").textContent = gauge.present.home;
  const by = gauge.answered ?? NOBODY;
  const [inRoom, atHome] = [Math.max(gauge.present.room, by.room), Math.max(gauge.present.home, by.home)];
  const modes = isVeiled ? t("console.veiled") : t("console.modes", { a: by.room, b: inRoom, c: by.home, d: atHome });
  $("#modes").textContent = modes + (gauge.late ? ` · ${t("console.late", { n: gauge.late })}` : "");
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
    const thumb = photo && el("img", { class: "picture-thumb", src: photo, alt: t("console.photo_of", { name }) });
    const picture = photo && el("a", { href: photo, target: "_blank" }, thumb);
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
  const why = ({ id, proof }) => {
    if (proof === "card") return chip("", "qr", t("console.by_card"));
    if (here.has(id) && !asked.is_open) return "";
    return here.has(id) ? chip("", "eye", t("console.reading")) : chip("chip-warn", "wifi-off", t("console.gone"));
  };
  const rows = shown.map((seat) => {
    const place = seat.mode === "home" ? [icon("home"), unseen(t("console.at_home"))] : [];
    return el("li", {}, nameOf(seat.id), " ", ...place, el("span", { class: "grow" }), why(seat));
  });
  if (silent.length > shown.length) rows.push(forAll(t("console.all", { n: silent.length })));
  rows.push(...(asked ? missingRows() : []));
  redraw($("#silent"), rows);
}

const forAll = (text) => el("li", {}, quiet({ "data-do": "all" }, text));

/** Who is on the list and not in the lesson: how many, and by name for who asks. */
function missingRows() {
  const seated = new Set((page.view.seats ?? []).map(({ id }) => id));
  const missing = Object.entries(page.people).filter(([id, { number }]) => !seated.has(id) && number <= boot.total).map(([id]) => ({ id })).sort(byNumber);
  if (!missing.length) return [];
  if (!page.showsAll) return [forAll(t("console.missing", { n: missing.length }))];
  return missing.map(({ id }) => el("li", {}, nameOf(id), el("span", { class: "grow" }), chip("", "phone", t("console.not_in"))));
}

// --- hands ------------------------------------------------------------------------------------------------------------

/** Who is here; of a class too large for one frame, everybody. */
const among = () => ((page.gauge?.here ?? []).length <= MOST_NAMED ? (page.gauge?.here ?? []) : []);
const seatOf = (id) => (page.view.seats ?? []).find((seat) => seat.id === id);
const isAtHome = (id) => seatOf(id)?.mode === "home";
const placeIcon = (id) => (isAtHome(id) ? [icon("home"), unseen(t("console.at_home"))] : [icon("board"), unseen(t("console.in_room"))]);
const heardText = (id) => (seatOf(id)?.heard ? t("console.heard", { n: seatOf(id).heard }) : t("console.never_heard"));
const small = (text, data, id) => el("button", { class: "btn", type: "button", [data]: id }, text, unseen(` ${nameOf(id)}`));

/** Who has the word, whom the dice propose, then the hands: the longest waiting first. */
function renderHands() {
  const { hands = [], called, picked } = page.view;
  const rows = [];
  const call = (id) => small(t("console.call"), "data-call", id);
  const lower = (id, text) => small(text, "data-lower", id);
  const another = el("button", { class: "btn", type: "button", "data-do": "pick" }, t("console.pick_other"));
  if (called) rows.push(turn(called, t("console.speaking"), lower(called, t("console.done_speaking"))));
  if (picked) rows.push(turn(picked, heardText(picked), call(picked), another, lower(picked, t("console.pick_none"))));
  const waiting = hands.filter(({ id }) => id !== picked);
  rows.push(...waiting.map(({ id, at }) => turn(id, el("span", { "data-since": at }), call(id), lower(id, t("console.lower")))));
  $("#hands-count").textContent = hands.length;
  $("#hands-section").classList.toggle("waiting", rows.length > 0);
  $("#lower-all").hidden = hands.length < 2;
  $("#hands-section > .btn").hidden = Boolean(picked) || page.view.phase === "ended";
  redraw($("#hands"), rows);
  if (hands.length > (page.handsSeen ?? 0)) announce(t("console.hand_up", { name: nameOf(hands.at(-1).id) }));
  page.handsSeen = hands.length;
  renderHome();
}

function turn(id, note, ...buttons) {
  const who = el("b", {}, nameOf(id), " ", ...placeIcon(id));
  return el("li", { class: "turn" }, who, el("span", { class: "small" }, note), el("span", { class: "row" }, ...buttons));
}

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
      const waits = since.has(id) && el("span", { "data-since": since.get(id) });
      const parts = [icon(icons[how], 16), page.people[id]?.short ?? nameOf(id), unseen(`: ${t(`console.seat.${how}`)}`), waits];
      return el("li", { class: `chip ${how === "away" ? "chip-warn" : ""}` }, ...parts);
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
  const withWhom = () => seats.filter((one) => one.team === team && one.id !== id).map((one) => nameOf(one.id)).join(", ");
  const shares = STEPS.map((percent) => el("option", { value: percent, selected: percent === (extra ?? 0) }, percent ? `+${percent}%` : "–"));
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
      team && chip("chip-board", "users", t("console.team", { names: withWhom() })),
      hosts && el("button", { class: "btn", type: "button", "data-split": team }, t("console.split")),
    ),
    el(
      "label",
      { class: "seat-extra" },
      el("span", {}, t("console.extra"), unseen(` ${nameOf(id)}`)),
      " ",
      el("select", { class: "input input-small", "data-extra": id }, ...shares),
    ),
    quiet({ "data-release": id }, t("console.release"), unseen(` ${nameOf(id)}`)),
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
  const counts = { pupils: t("console.leaving_pupils", { n: pupils }), times: t("console.leaving_times", { n: times }) };
  $("#leaving span").textContent = t("console.leaving_count", counts);
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
// What stands above the action bar stands there however high its words make it.
new ResizeObserver(() => document.body.style.setProperty("--act", `${$("#act").offsetHeight}px`)).observe($("#act"));
steering.start();
fetchPeople();
setInterval(tick, 250);
keepShell(boot.worker);

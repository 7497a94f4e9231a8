/* The teacher's console: read above, act below. Names come to this page only; the log knows opaque ids. */

import { $, $$, ask, boot, complain, el, icon, minutes, openWindow, post, svg, t, themes } from "./page.js";
import { Steering } from "./steer.js";

const FIRST_NAMES = 6;
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
});
const live = steering.live;

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
  confirm: () => steering.ask({ action: "confirm", participants: picked().map(({ id }) => id) }),
  admit: () => steering.ask({ action: "admit", admitting: !page.view.admitting }),
  cover,
  ask: () => $("#ask").showModal(),
  phone: showPhoneCode,
  end: async () => (await ask(t("console.end_ask"), t("steer.end"))) && steering.ask({ action: "end" }),
};

addEventListener("click", (event) => {
  const button = event.target.closest("[data-do], [data-window], [data-open], [data-release], [data-key]");
  if (!button || button.getAttribute("aria-disabled") === "true") return;
  button.closest("details.menu")?.removeAttribute("open");
  const { do: act, window: to, open, release, key } = button.dataset;
  if (act) acts[act]();
  else if (to) openWindow(to).catch(complain);
  else if (open) steering.ask({ action: "open", activity: open });
  else if (release) steering.ask({ action: "release", participant: release });
  else if (key) steering.ask({ action: "set_key", activity: current(), key });
});
$("#ask").addEventListener("close", (event) => event.target.returnValue && steering.ask({ action: "ask", quick: event.target.returnValue }));
addEventListener("keydown", (event) => {
  if (event.key.toLowerCase() === "h" && !event.ctrlKey && !event.metaKey && !event.target.closest("input, textarea")) cover();
});

function cover() {
  page.isCovered = !page.isCovered;
  renderTally();
  renderWritten();
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

function renderLink(status) {
  const isGood = status === "open" || status === "polling";
  const chip = $("#link");
  chip.className = `chip ${isGood ? "chip-ok" : "chip-warn"}`;
  chip.replaceChildren(icon(isGood ? "wifi" : "wifi-off", 16), t(isGood ? (status === "polling" ? "console.polling" : "console.saving") : "console.away"));
}

function render() {
  const { view } = page;
  const asked = view.current;
  const number = view.plan.findIndex(({ id }) => id === asked?.id) + 1;
  const place = t("console.question", { n: number, total: view.plan.length });
  $("#where").textContent = asked ? place : view.title;
  $("#question-no").replaceChildren(...(asked ? [el("b", {}, place), ...(asked.round > 1 ? [el("span", { class: "chip chip-board" }, t("console.round", { n: asked.round }))] : []), ...(asked.is_open ? [] : [el("span", { class: "chip" }, icon("lock", 16), t("console.locked"))])] : []));
  $("#lobby").hidden = Boolean(asked) || view.phase === "ended";
  $("#card").hidden = !asked;
  renderStem(asked);
  renderPlan();
  renderActs();
  renderTally();
  renderPeople();
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
  page.options = new Map($$("[data-option]", parts.content).map((li) => [li.dataset.option, $("span", li).innerHTML]));
  box.innerHTML = $(".stem", parts.content)?.innerHTML ?? "";
}

function renderPlan() {
  const rows = page.view.plan.map((one, index) => {
    const isCurrent = one.id === current();
    const isDone = one.round > 0 && !isCurrent;
    const note = one.is_open ? t("console.open_now") : one.round ? t("console.answers", { n: one.answered }) : `${t(`console.kind.${one.kind}`)} · ${one.seconds ? minutes(one.seconds * 1000) : t("console.untimed")}`;
    const mark = isDone ? [icon("check", 16), el("span", { class: "vh" }, t("console.done"))] : [String(index + 1)];
    return el("li", {}, el("button", { class: "step", type: "button", "data-open": isCurrent ? null : one.id, "data-done": isDone, "aria-current": isCurrent ? "step" : null }, el("i", {}, ...mark), el("span", {}, one.title), el("small", {}, note)));
  });
  $("#plan").replaceChildren(...rows);
}

/** The buttons never move; only which of them is the next step, and which can be pressed. */
function renderActs() {
  const { view } = page;
  const asked = view.current;
  const can = new Set(view.can ?? []);
  const isOpen = Boolean(asked?.is_open);
  const next = view.forth;
  const primary = { close: "lock", next: "next", reveal: next?.what, end: "end" }[next?.action];
  const isLocked = asked && !isOpen;
  const possible = {
    lock: isOpen, distribution: can.has("distribution"), key: can.has("key"), explanation: can.has("explanation"),
    next: view.phase !== "ended" && (next?.action === "next" || view.plan.some(({ round }) => !round)),
    ask: view.phase !== "ended",
    extend: isOpen && Boolean(asked.closes_at), back: Boolean(view.back), reask: Boolean(asked) && !isOpen,
  };
  const lock = $(".co-act [data-do=lock], .co-act [data-do=unlock]");
  lock.dataset.do = isLocked && view.can_reopen ? "unlock" : "lock";
  lock.replaceChildren(icon(lock.dataset.do === "unlock" ? "unlock" : "lock"), t(lock.dataset.do === "unlock" ? "steer.reopen" : "steer.close"));
  possible.unlock = view.can_reopen;
  for (const button of $$(".co-act [data-do]")) {
    const name = button.dataset.do;
    button.classList.toggle("btn-primary", name === primary);
    if (possible[name]) button.removeAttribute("aria-disabled");
    else button.setAttribute("aria-disabled", "true");
  }
  $("#back-text").textContent = view.back ? t(`steer.${view.back.what ? `${view.back.action}_${view.back.what}` : view.back.action}`) : t("console.back");
  $("#admit span").textContent = t(view.admitting ? "console.stop_admitting" : "console.admit_again");
}

const bars = () => page.gauge?.tally ?? page.view?.current?.tally ?? [];

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
  const of = `${asked.id}:${asked.round}:${bars().map(({ option }) => option).join()}:${JSON.stringify(page.view.key)}:${asked.is_open}`;
  if (box.dataset.of !== of) {
    box.dataset.of = of;
    box.replaceChildren(...tallyRows(asked));
  }
  const most = Math.max(1, answeredNow());
  const rows = $$("li", box);
  bars().forEach(({ count }, index) => {
    if (!rows[index]) return;
    $(".bar rect", rows[index]).setAttribute("width", `${(100 * count) / most}%`);
    $("b", rows[index]).textContent = count;
  });
}

function tallyRows(asked) {
  const keys = new Set(page.view.key?.options ?? []);
  const said = page.view.key?.texts?.join(` ${t("console.or")} `);
  const head = el("p", { class: "row apart hint" }, el("span", {}, t("console.only_here")), said ? el("span", {}, t("console.key"), " ", el("b", {}, said)) : "");
  if (!bars().length) return [head, el("p", { class: "small" }, t(asked.kind === "open" ? "console.open_text" : "console.no_answers"))];
  const isQuick = page.view.plan.find(({ id }) => id === asked.id)?.is_quick;
  const rows = bars().map(({ option, label }) => {
    const shape = document.getElementById(`shape-${option}`)?.content.cloneNode(true) ?? el("em", {}, label || spoken(option));
    const text = el("span");
    text.innerHTML = page.options.get(option) ?? "";
    const fill = /^[A-D]$/.test(option) ? `fill-${option.toLowerCase()}` : "fill-e";
    const bar = svg("svg", { class: "bar", "aria-hidden": "true" }, svg("rect", { class: fill, width: "0%", height: "100%" }));
    const mark = keys.has(option) ? el("small", {}, el("b", {}, t("console.key"))) : isQuick && !asked.is_open && option ? el("button", { class: "btn btn-quiet", type: "button", "data-key": option }, t("console.make_key")) : el("small");
    return el("li", { class: keys.has(option) ? "key" : null }, shape, text, bar, el("b"), mark);
  });
  return [head, el("ol", { class: "dist" }, ...rows)];
}

/** "a:true" is "a) Đúng". */
function spoken(option) {
  const [name, word] = option.split(":");
  if (word) return `${name}) ${t(`console.${word}`)}`;
  return name === "true" || name === "false" ? t(`console.${name}`) : name;
}

// --- counts and people ------------------------------------------------------------------------------------------------

const answeredNow = () => (page.gauge ? page.gauge.answered.room + page.gauge.answered.home : 0);

function renderCounts() {
  const { gauge, view } = page;
  if (!gauge || !view) return;
  const present = gauge.present.room + gauge.present.home;
  const answered = answeredNow();
  const whole = Math.max(present, answered, 1);
  $("#answered").textContent = answered;
  $("#of").textContent = `/${Math.max(present, answered)}`;
  $("#room").textContent = gauge.present.room;
  $("#home").textContent = gauge.present.home;
  $("#modes").textContent = t("console.modes", { a: gauge.answered.room, b: Math.max(gauge.present.room, gauge.answered.room), c: gauge.answered.home, d: Math.max(gauge.present.home, gauge.answered.home) }) + (gauge.late ? ` · ${t("console.late", { n: gauge.late })}` : "");
  $("#bar-room").setAttribute("width", `${(100 * gauge.answered.room) / whole}%`);
  $("#bar-home").setAttribute("x", `${(100 * gauge.answered.room) / whole + 0.3}%`);
  $("#bar-home").setAttribute("width", `${(100 * gauge.answered.home) / whole}%`);
  renderTally();
  renderWritten();
  renderSilent();
}

let reading = null;
/** Texts are fetched when their number changed, at most every two seconds; they never travel with the state. */
function renderWritten() {
  const asked = page.view.current;
  const isOpenText = asked?.kind === "open" && !page.isCovered;
  $("#written").hidden = !isOpenText;
  const of = isOpenText ? `${asked.id}:${asked.round}:${answeredNow()}:${page.gauge?.late}` : "";
  if (!isOpenText || page.read === of || reading) return;
  reading = setTimeout(async () => {
    await fetchWritten().catch(() => {});
    page.read = of;
    reading = null;
  }, page.read ? 2000 : 0);
}

async function fetchWritten() {
  const answer = await fetch(boot.written, { headers: { Accept: "application/json", Authorization: `Bearer ${boot.token}` } });
  if (!answer.ok) return;
  const { texts } = await answer.json();
  const rows = texts.sort((a, b) => byNumber({ id: a.who }, { id: b.who })).map(({ who, text, photo }) => {
    const address = photo && boot.photo.replace("who", who).replace("what", photo);
    const picture = photo && el("a", { href: address, target: "_blank" }, el("img", { class: "picture-thumb", src: address, alt: t("console.photo_of", { name: nameOf(who) }) }));
    return el("li", {}, el("b", {}, nameOf(who)), el("div", {}, text && el("p", { class: "pre" }, text), picture));
  });
  $("#texts").replaceChildren(...rows);
}

const nameOf = (id) => page.people[id]?.name ?? t("console.unknown");
const byNumber = (a, b) => (page.people[a.id]?.number ?? 999) - (page.people[b.id]?.number ?? 999);

/** Who has not answered, and why. */
function renderSilent() {
  const { gauge, view } = page;
  const who = new Set(gauge?.who ?? []);
  const here = new Set(gauge?.here ?? []);
  const asked = view.current;
  $("#silent-section").hidden = !asked;
  const silent = asked ? (view.seats ?? []).filter(({ id }) => !who.has(id)).sort(byNumber) : [];
  $("#silent-count").textContent = silent.length;
  const shown = page.showsAll ? silent : silent.slice(0, FIRST_NAMES);
  const rows = shown.map(({ id, mode }) => {
    const isHere = here.has(id);
    const why = isHere ? el("span", { class: "chip" }, icon("eye", 16), t("console.reading")) : el("span", { class: "chip chip-warn" }, icon("wifi-off", 16), t("console.gone"));
    return el("li", {}, nameOf(id), " ", ...(mode === "home" ? [icon("home"), el("span", { class: "vh" }, t("console.at_home"))] : []), el("span", { class: "grow" }), why);
  });
  if (silent.length > shown.length) rows.push(el("li", {}, el("button", { class: "btn btn-quiet", type: "button", onclick: () => ((page.showsAll = true), renderSilent()) }, t("console.all", { n: silent.length }))));
  const missing = boot.total - (view.seats ?? []).length;
  if (asked && missing > 0) rows.push(el("li", { class: "small" }, t("console.missing", { n: missing })));
  $("#silent").replaceChildren(...rows);
}

/** Names that nobody has vouched for, as this screen shows them. */
const picked = () => (page.view.seats ?? []).filter(({ standing }) => standing === "picked");

/** Seats: who picked a name that nobody vouched for, and a way to free a name. */
function renderPeople() {
  const seats = [...(page.view.seats ?? [])].sort(byNumber);
  $("#claims").hidden = !picked().length;
  $("#claims-count").textContent = t("console.claims", { n: picked().length });
  $("#seats-count").textContent = seats.length;
  const rows = seats.map(({ id, mode, standing, proof }) =>
    el(
      "li",
      {},
      nameOf(id),
      el("span", { class: "grow" }),
      el("span", { class: "chip" }, icon(mode === "home" ? "home" : "board", 16), t(mode === "home" ? "console.at_home" : proof === "code" ? "console.in_room" : "console.in_room_said")),
      ...(standing === "picked" ? [el("span", { class: "chip chip-warn" }, t("console.picked"))] : []),
      el("button", { class: "btn btn-quiet", type: "button", "data-release": id }, t("console.release"), el("span", { class: "vh" }, ` ${nameOf(id)}`)),
    ),
  );
  $("#seat-list").replaceChildren(...rows);
}

async function fetchPeople() {
  try {
    const answer = await fetch(boot.people, { headers: { Accept: "application/json", Authorization: `Bearer ${boot.token}` } });
    if (answer.ok) page.people = await answer.json();
    if (page.view) render();
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

// --- time -------------------------------------------------------------------------------------------------------------

function tick() {
  const asked = page.view?.current;
  const left = asked?.closes_at ? asked.closes_at - live.now() : null;
  $("#timer").hidden = !asked?.is_open;
  $("#clock").textContent = left === null ? t("console.untimed") : minutes(left);
  $("#timer").toggleAttribute("data-low", left !== null && left < 10000);
}

themes($("#theme"));
steering.start();
fetchPeople();
setInterval(tick, 250);

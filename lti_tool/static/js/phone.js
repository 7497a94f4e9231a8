/* The pupil's page: shows the question, takes an answer, and never says "saved" before the server has said so. */

import { AnswerForm } from "./form.js";
import { Live, MOST_FRAME } from "./live.js";
import { Outbox } from "./outbox.js";
import { $, boot, clock, el, icon, minutes, post, svg, t, themes } from "./page.js";
import { openStore } from "./store.js";

const RETRY = new Set(["busy", "rate_limited", "internal"]);
const PATIENCE = 3000;

const page = { view: null, me: null, form: null, shown: null, status: "connecting", late: null };
let live, outbox, store;

// --- starting -------------------------------------------------------------------------------------------------------

async function start() {
  themes($("#theme"));
  store = await openStore();
  const seat = boot.seat ?? (await lastSeat());
  if (!seat) return waitForLesson();
  boot.seat = seat;
  outbox = new Outbox(store, seat.owner);
  await outbox.load(Date.now());
  await remember(seat);
  live = new Live({ ...seat, locale: document.documentElement.lang, renew }, handlers);
  if (!boot.isFresh) showLast(await store.get("last", seat.owner));
  live.start();
  setInterval(tick, 250);
  addEventListener("pagehide", farewell);
  document.addEventListener("visibilitychange", () => document.visibilityState === "hidden" && farewell());
  $("#place")?.addEventListener("click", move);
  if ("serviceWorker" in navigator && boot.worker) navigator.serviceWorker.register(boot.worker).catch(() => {});
}

/** Without network the shell has no seat of its own: the one this address had last. */
async function lastSeat() {
  const kept = await store.get("last", `seat:${location.pathname}`).catch(() => null);
  return kept?.seat ?? null;
}

async function remember(seat) {
  boot.isFresh = Boolean(boot.token);
  await store.put("last", { id: `seat:${location.pathname}`, seat }).catch(() => {});
}

const showLast = (last) => last?.view && show(last.view, last.me);

async function renew() {
  const { seat } = await post(boot.seat.renew);
  await remember(seat);
  return seat.ticket;
}

/** No lesson yet: look again, first often, then less. */
function waitForLesson() {
  page.view = { phase: "none" };
  render();
  let pause = 3000;
  const look = async () => {
    try {
      const { seat } = await post(boot.sit);
      if (seat) return location.reload();
    } catch {
      /* Offline or refused: look again. */
    }
    pause = Math.min(15000, pause * 1.15);
    setTimeout(look, pause * (0.8 + Math.random() * 0.4));
  };
  setTimeout(look, pause);
}

// --- what the server says ---------------------------------------------------------------------------------------------

const handlers = {
  state: (frame) => {
    if (frame.me) page.me = frame.me;
    if (frame.state) page.view = frame.state;
    show(page.view, page.me);
    store.put("last", { id: boot.seat.owner, view: page.view, me: page.me }).catch(() => {});
  },
  welcome: (frame) => {
    outbox.reconcile(frame.acked ?? [], frame.isOtherEpoch, live.now());
    outbox.waiting().forEach(send);
    render();
  },
  ack: (frame) => {
    outbox.saved(frame.re, frame.outcome, live.now());
    render();
  },
  refuse: (frame) => {
    if (RETRY.has(frame.code)) setTimeout(() => resend(frame.re), 1000 * (frame.retry_after ?? 1) * (1 + Math.random()));
    else outbox.park(frame.re, frame.code);
    render();
  },
  tooLarge: () => {
    const [first] = outbox.waiting().sort((a, b) => JSON.stringify(b.value).length - JSON.stringify(a.value).length);
    if (first) outbox.park(first.id, "too_large");
  },
  link: (status) => {
    page.status = status;
    page.awaySince = live.isOpen ? null : (page.awaySince ?? Date.now());
    render();
  },
  over: (code) => {
    page.over = code;
    render();
  },
};

// --- answering --------------------------------------------------------------------------------------------------------

async function answer(value, photo) {
  const { activity } = page.view;
  const row = await outbox.add(activity.id, activity.round, value, live.now(), page.shownAt, photo);
  send(row);
  render();
}

const frameOf = (row) => ({ t: "submit", id: row.id, activity: row.activity, round: row.round, value: row.value, composed_at: row.composed_at, shown_at: row.shown_at });

const needsPhoto = (row) => row.value?.photo && !row.photoSent;

function send(row) {
  if (needsPhoto(row)) return sendPhoto(row);
  const frame = frameOf(row);
  if (new Blob([JSON.stringify(frame)]).size > MOST_FRAME) return outbox.park(row.id, "too_large");
  row.sentAt = Date.now();
  return live.send(frame);
}

/** What is said of photos under way, by answer. */
const uploading = new Map();

/** The photo goes first; the answer that names it follows by itself. */
async function sendPhoto(row) {
  if (uploading.has(row.id)) return;
  uploading.set(row.id, t("phone.sending"));
  try {
    const kept = await store.get("photos", row.value.photo);
    if (!kept) return outbox.park(row.id, "invalid_value");
    const { send: upload } = await import("./photo.js");
    const code = await upload(boot.content, row.value.photo, kept.blob, () => live.ticket, (share) => sendingPhoto(row, share));
    if (code) outbox.park(row.id, code);
    else outbox.change(row.id, { photoSent: true });
  } catch {
    setTimeout(() => resend(row.id), 3000 + Math.random() * 4000);
  } finally {
    uploading.delete(row.id);
  }
  render();
  if (row.photoSent) resend(row.id);
}

function sendingPhoto(row, share) {
  row.sentAt = Date.now();
  uploading.set(row.id, t("phone.sending_photo", { n: `${Math.round(share * 100)}%` }));
  render();
}

/** One's own photo: from this phone, else from the server. */
async function photoOf(id) {
  const kept = await store.get("photos", id).catch(() => null);
  if (kept) return kept.blob;
  const { fetchOwn } = await import("./photo.js");
  return fetchOwn(boot.content, id, live.ticket).catch(() => null);
}

function resend(id) {
  const row = outbox.rows.get(id);
  if (row?.state === "waiting") send(row);
}

function farewell() {
  page.form?.flush();
  live.farewell(outbox.waiting().filter((row) => !needsPhoto(row)).slice(0, 20).map(frameOf));
}

async function move(event) {
  const button = event.target.closest("[data-mode]");
  if (!button) return;
  button.closest("details").open = false;
  await post(boot.seat.move, { mode: button.dataset.mode }).catch(() => {});
}

// --- showing ----------------------------------------------------------------------------------------------------------

function show(view, me) {
  page.view = view;
  page.me = me;
  const activity = view?.activity;
  const shown = activity && `${activity.id}:${activity.round}`;
  if (shown !== page.shown) {
    page.form?.flush();
    page.shown = shown;
    page.shownAt = live?.now();
    page.form = null;
    const box = $("#question");
    box.innerHTML = activity?.html ?? "";
    if (activity) {
      page.form = new AnswerForm(box, answer);
      page.form.photoOf = photoOf;
      page.form.note = (text) => banner("info", "info", text, "");
      announce(t("phone.question_open", place()));
      scrollTo(0, 0);
    }
  }
  render();
}

const place = () => ({ n: page.view.index, total: page.view.total });

function render() {
  const { view } = page;
  if (!view) return;
  const activity = view.phase === "running" ? view.activity : null;
  document.body.dataset.phase = page.over === 4503 ? "removed" : view.phase;
  $("#title").textContent = activity ? t("phone.question", place()) : t(boot.seat ? "phone.in" : "phone.not_in");
  document.title = `${activity ? t("phone.question", place()) : boot.course} · Giơ Tay`;
  renderChips();
  $("#rest").hidden = Boolean(activity) && page.over !== 4503;
  $("#live").hidden = !$("#rest").hidden;
  if (activity && page.over !== 4503) renderQuestion(activity);
  else renderRest(view);
  tick();
}

function renderChips() {
  const mode = page.me?.mode;
  const isAway = page.awaySince && Date.now() - page.awaySince > PATIENCE;
  const chips = [];
  if (mode) chips.push(el("span", { class: "chip" }, icon(mode === "room" ? "board" : "home", 16), t(`phone.mode.${mode}`)));
  if (isAway) chips.push(el("span", { class: "chip chip-warn" }, icon("wifi-off", 16), t("phone.offline")));
  $("#chips").replaceChildren(...chips);
}

/** What stands in the answer now: the newest of this phone's own and what the server holds. */
function standing(activity) {
  const own = outbox?.newest(activity.id, activity.round);
  const kept = page.me?.response?.activity === activity.id && page.me.response.round === activity.round ? page.me.response : null;
  if (own && own.state !== "saved" && !(own.state === "parked" && kept)) {
    const isSending = own.state === "waiting" && live?.isOpen && Date.now() - (own.sentAt ?? 0) < PATIENCE;
    return { value: own.value, state: own.state === "parked" ? "parked" : isSending ? "sending" : "unsent", row: own };
  }
  if (own && (!kept || own.composed_at >= kept.at - 5000 || own.outcome === "late")) {
    return { value: own.value, state: "saved", at: own.at, isLate: own.outcome === "late" };
  }
  return kept ? { value: kept.value, state: "saved", at: kept.at, isLate: kept.late } : { value: null, state: "open" };
}

function renderQuestion(activity) {
  const now = standing(activity);
  const key = activity.key ? new Set(activity.key.options) : null;
  const isTimeUp = activity.closes_at && live && live.now() > activity.closes_at;
  page.form?.paint({ ...now, isOpen: activity.is_open && !isTimeUp, key });
  renderStatus(activity, now, isTimeUp);
  renderShown(activity, now);
  $("#from").hidden = !(page.me?.from_index > 1 && page.me.from_index === page.view.index);
  if (page.me?.from_index > 1) $("#from p").replaceChildren(el("b", {}, t("phone.came_in", { n: page.me.from_index })), " ", el("span", { class: "small" }, t("phone.came_in_what")));
}

function renderStatus(activity, now, isTimeUp) {
  const kept = store?.isKept === false ? t("phone.memory_only") : "";
  if (now.state === "unsent") return banner("warn", "wifi-off", t("phone.will_send"), `${t("phone.on_phone", { time: clock(now.row.composed_at) })} ${kept}`);
  if (now.state === "parked") return banner("bad", "warning", t(`phone.parked.${now.row.code}`), t("phone.parked_what"));
  if (now.state === "sending") return banner("", "clock", uploading.get(now.row.id) ?? t("phone.sending"), "");
  if (activity.key) return renderKey(activity, now);
  if (!activity.is_open || isTimeUp) {
    if (now.isLate) return banner("info", "clock", t("phone.late"), "");
    return banner("", "lock", t("phone.locked"), now.value == null ? t("phone.locked_none") : t("phone.saved_at", { time: clock(now.at) }));
  }
  if (now.state === "saved") return banner("ok", "check", t("phone.saved_at", { time: clock(now.at) }), now.isLate ? t("phone.late") : t(`phone.change.${page.form?.kind ?? "one"}`));
  return banner(null);
}

function renderKey(activity, now) {
  const said = activity.key.texts.length ? activity.key.texts.map(spell).join(` ${t("phone.or")} `) : "";
  const own = now.value == null ? t("phone.no_answer") : page.me?.share == null ? "" : t(page.me.share === 1 ? "phone.share_all" : page.me.share > 0 ? "phone.share_part" : "phone.share_none");
  return banner("", "key", said ? t("phone.key_was", { key: said }) : t("phone.key_shown"), own);
}

const spell = (text) => String(text);

function banner(kind, name, bold, more) {
  const box = $("#status");
  const signature = [kind, bold, more].join("|");
  if (box.dataset.said === signature) return;
  box.dataset.said = signature;
  if (kind === null) return box.replaceChildren();
  box.replaceChildren(el("div", { class: `banner banner-${kind || "plain"}` }, icon(name), el("p", {}, el("b", {}, bold), " ", el("span", { class: "small" }, more))));
}

/** Distribution and explanation, when the teacher shows them: pupils at home see no projector. */
function renderShown(activity, now) {
  const box = $("#shown");
  const signature = JSON.stringify([activity.tally, activity.explanation, activity.answered]);
  if (box.dataset.said === signature) return;
  box.dataset.said = signature;
  const parts = [];
  if (activity.tally) parts.push(distribution(activity));
  if (activity.explanation) {
    const why = el("div", { class: "text", tabindex: "0" });
    why.innerHTML = activity.explanation;
    parts.push(el("section", { class: "card", "aria-labelledby": "why" }, el("h2", { id: "why" }, t("phone.explanation")), why));
  }
  box.replaceChildren(...parts);
}

function distribution(activity) {
  const most = Math.max(1, activity.answered ?? 1);
  const rows = activity.tally.map(({ option, count, label }) => {
    const fill = /^[A-D]$/.test(option) ? `fill-${option.toLowerCase()}` : "fill-e";
    const bar = svg("svg", { class: "bar", "aria-hidden": "true" }, svg("rect", { class: fill, width: `${(100 * count) / most}%`, height: "100%" }));
    return el("li", {}, el("span", {}), el("span", {}, label || spoken(option)), bar, el("b", {}, t("phone.pupils", { n: count })));
  });
  return el("section", { class: "card", "aria-labelledby": "dist" }, el("h2", { id: "dist" }, t("phone.distribution", { n: activity.answered })), el("ol", { class: "dist" }, ...rows));
}

/** "a:true" is "a) Đúng". */
function spoken(option) {
  const [name, word] = option.split(":");
  if (word) return `${name}) ${t(`phone.${word}`)}`;
  return name === "true" || name === "false" ? t(`phone.${name}`) : name;
}

function renderRest(view) {
  const kind = page.over === 4503 ? "removed" : view.phase;
  const waiting = outbox?.waiting().length ?? 0;
  $("#rest h2").textContent = t(`phone.rest.${kind}`);
  $("#rest p").textContent = waiting ? t("phone.rest_waiting", { n: waiting }) : t(`phone.rest.${kind}_what`);
  $("#again").hidden = kind !== "removed";
}

// --- time -------------------------------------------------------------------------------------------------------------

const said = new Set();

function tick() {
  const activity = page.view?.phase === "running" ? page.view.activity : null;
  const timer = $("#timer");
  const bar = $("#time");
  if (!activity || !live) {
    timer.hidden = true;
    bar.setAttribute("hidden", "");
    return;
  }
  timer.hidden = false;
  const left = activity.closes_at ? activity.closes_at - live.now() : null;
  const isCounting = activity.is_open && left !== null;
  $("#clock").textContent = !activity.is_open || (left !== null && left <= 0) ? t("phone.closed") : left === null ? t("phone.untimed") : minutes(left);
  timer.toggleAttribute("data-low", isCounting && left < 10000);
  bar.toggleAttribute("hidden", !isCounting);
  if (isCounting) {
    bar.firstElementChild.setAttribute("width", `${Math.max(0, Math.min(100, (100 * left) / (activity.closes_at - activity.opened_at)))}%`);
    for (const seconds of [60, 10]) {
      const once = `${page.shown}:${activity.closes_at}:${seconds}`;
      if (left < seconds * 1000 && left > (seconds - 3) * 1000 && !said.has(once)) {
        said.add(once);
        announce(t("phone.seconds_left", { n: seconds }));
      }
    }
    const isUp = left <= 0;
    if (isUp !== page.isUp) {
      page.isUp = isUp;
      renderQuestion(activity);
    }
  }
  const row = outbox?.newest(activity.id, activity.round);
  if (row?.state === "waiting" && Date.now() - (row.sentAt ?? 0) > PATIENCE && page.stale !== row.id) {
    page.stale = row.id;
    render();
  }
  if (page.awaySince && Date.now() - page.awaySince > PATIENCE) renderChips();
}

function announce(text) {
  $("#announce").textContent = text;
}

start();

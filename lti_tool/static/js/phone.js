/* The pupil's page: shows the question, takes an answer, and never says "saved" before the server has said so. */

import { AnswerForm } from "./form.js";
import { Live, MOST_FRAME, RETRY } from "./live.js";
import { Outbox } from "./outbox.js";
import { $, $$, boot, chip, clock, el, icon, kept, keyTexts, minutes, post, t, themes } from "./page.js";
import { Signals } from "./signals.js";
import { draftsOf, openStore } from "./store.js";

if (location.hash || self.origin === "null") import("./alone.js").catch(() => {}); // a pupil by the code has neither

const KEEP = new Set(["not_open", "unknown_activity"]);
const PATIENCE = 3000;
const ASK_AGAIN = 10000;
const QUIET = 30000;

const page = { view: null, me: null, form: null, shown: null, status: "connecting", late: null };
let live, outbox, signals, store;

// --- starting ------------------------------------------------------------------------------------------------------

async function start() {
  themes($("#theme"));
  dress();
  if (navigator.onLine) addEventListener("offline", () => needs("watch"), { once: true });
  else needs("watch");
  const foot = $(".ph-foot"); // "saved" stands on it
  new ResizeObserver(() => document.body.style.setProperty("--foot", `${foot.offsetHeight}px`)).observe(foot);
  store = await openStore();
  const seat = boot.seat ?? (await lastSeat());
  if (!seat) return waitForLesson();
  boot.seat = seat;
  if (seat.alone) page.alone = await ownPace(seat.alone);
  const last = await store.get("last", seat.owner);
  outbox = new Outbox(store, seat.owner);
  await outbox.load(Date.now() + (last?.offset ?? 0));
  await remember(seat);
  signals = new Signals((frame) => live.send(frame), () => live.now(), signalled);
  live = new Live({ ...seat, locale: document.documentElement.lang, renew }, handlers);
  live.offset = last?.offset ?? 0; // nobody tells the time without a network
  if (!boot.isFresh) showLast(last);
  live.start();
  setInterval(tick, 250);
  listen();
  setTimeout(keepPage, seat.alone ? 0 : QUIET);
}

/** To what the pupil, the browser and the worker do. */
function listen() {
  for (const change of ["online", "offline"]) addEventListener(change, () => offer());
  addEventListener("pagehide", farewell);
  addEventListener("pointerdown", awake, { once: true });
  document.addEventListener("visibilitychange", () => document.visibilityState === "hidden" && farewell());
  $("#place")?.addEventListener("click", move);
  $("#hand").addEventListener("click", () => signals.hand());
  for (const button of $$("[data-pace]")) button.addEventListener("click", () => tellPace(button));
  navigator.serviceWorker?.addEventListener("message", () => needs("say")); // a press that led nowhere
}

/** Work at one's own pace: the deck stands in the seat. */
async function ownPace(work) {
  const { practice } = await import("./practice.js");
  return practice(work, (frame) => live.send(frame), () => show(page.view, page.me));
}

/** What a reload without network needs costs as much as a third of the page: it is fetched once the first answer is in,
    or nobody has asked for long. */
function keepPage() {
  if (page.isKept || !boot.worker) return;
  page.isKept = true;
  navigator.serviceWorker?.register(boot.worker).catch(() => {});
}

/** Does something with a script that comes when it is needed; where it does not come, all else goes on without it. */
const fetched = (script, act) => script.then(act).catch(() => {});

/** Keeps the screen on: from the wait for the first question, else from the first touch, after all that is seen. */
const awake = () => import("./awake.js").catch(() => {});

/** What cannot wait for the network is said where it was asked; the script for it is kept with the shell. */
const needs = (what) => import("./needs.js").then((one) => one[what](), () => {});

/** Text size and contrast: at once where something was chosen, else with the menu. */
function dress() {
  const put = () => fetched(import("./comfort.js"), ({ comfort }) => comfort($("#place")));
  const isAsked = matchMedia("(prefers-contrast: more), (forced-colors: active)").matches;
  if (isAsked || (kept("giotay-text") ?? kept("giotay-contrast")) !== null) put();
  else $("#place").closest("details").addEventListener("toggle", put, { once: true });
}

/** Without network the shell has no seat and no class of its own: those this address had last. Nobody's name is
    kept. */
async function lastSeat() {
  const kept = await store.get("last", `seat:${location.pathname}`).catch(() => null);
  const [course, lesson] = kept?.head ?? [];
  if (course) $(".ph-lesson").replaceChildren(el("b", {}, course), ` ${lesson}`);
  return kept?.seat ?? null;
}

async function remember(seat) {
  boot.isFresh = Boolean(boot.token);
  const head = [...$(".ph-lesson").childNodes].map((one) => one.textContent.trim());
  await store.put("last", { id: `seat:${location.pathname}`, seat, head }).catch(() => {});
}

const showLast = (last) => last?.view && show(last.view, last.me);

async function renew() {
  const { seat } = await post(boot.seat.renew);
  await remember(seat);
  return seat.ticket;
}

/** No seat yet: take it if the lesson has begun, else look again, first often, then less. A page never says that the
    lesson has not begun before it has asked. */
function waitForLesson() {
  let pause = 3000;
  const look = async () => {
    try {
      const { seat } = await post(boot.sit);
      if (seat) return location.reload();
    } catch {
      /* Look again. */
    }
    page.view = { phase: "none" };
    render();
    setTimeout(look, pause * (0.8 + Math.random() * 0.4));
    pause = Math.min(15000, pause * 1.15);
  };
  look();
}

// --- what the server says --------------------------------------------------------------------------------------------

/** Scripts that few lessons need: what counts how often the page is left, and who answers by a group's phone. */
function bringBesides() {
  const { view, me } = page;
  if (view?.counts_leaving || page.leaving)
    fetched(import("./leaving.js"), (one) => (page.leaving = one).tell(view.counts_leaving));
  if (me?.team || page.team) fetched(import("./together.js"), (one) => (page.team = one).tell(me?.team));
}

const handlers = {
  state: (frame) => {
    if (frame.me) page.me = frame.me;
    if (frame.state) page.view = frame.state;
    if (page.view?.phase === "lobby") awake();
    bringBesides();
    show(page.view, page.me);
    const hasEnded = page.view?.phase === "ended";
    if (hasEnded && !page.hasEnded) forgetDrafts(boot.seat.owner.split(".")[0]); // everybody's at this phone
    page.hasEnded = hasEnded;
    store.put("last", { id: boot.seat.owner, view: page.view, me: page.me, offset: live.offset }).catch(() => {});
  },
  welcome: (frame) => {
    if (!boot.token) import("./returned.js").catch(() => {});
    signals.welcomed();
    offer(() => outbox.reconcile(frame.acked ?? [], frame.epoch, live.now()));
  },
  ack: (frame) => {
    if (signals.acked(frame)) return;
    const saved = outbox.saved(frame.re, frame.outcome, live.now(), live.epoch);
    keepPage();
    if (saved?.post) outbox.waiting().filter(({ post }) => post === saved.post).forEach(send);
    render();
  },
  refuse: (frame) => {
    if (signals.refused(frame)) return;
    const isKept = KEEP.has(frame.code);
    const again = 1000 * (frame.retry_after ?? 1) * (1 + Math.random());
    if (RETRY.has(frame.code) || (isKept && isShown(frame.re))) setTimeout(() => resend(frame.re), again);
    else if (isKept) outbox.hold(frame.re);
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
    if (isRemoved()) forgetDrafts(boot.seat.owner);
    render();
  },
};

// --- answering -------------------------------------------------------------------------------------------------------

/** To the question that was tapped, whatever is shown by now. `more` may hold a `confidence`, or which of several posts
    it is. */
async function answer({ id, round, answering }, value, photo, more) {
  const { drafts } = page;
  const all = { ...more, team: answering === "each" ? undefined : page.me?.team?.[0] };
  const row = await outbox.add(id, round, value, live.now(), page.shownAt, photo, all);
  drafts?.sent(value, more);
  send(row);
  render();
}

const SENT = ["id", "activity", "round", "value", "confidence", "composed_at", "shown_at", "post", "on", "team"];

const frameOf = (row) => ({ t: "submit", ...Object.fromEntries(SENT.map((name) => [name, row[name]])) });

const needsPhoto = (row) => row.value?.photo && !row.photoSent;

function send(row) {
  if (outbox.before(row)) return;
  if (needsPhoto(row)) return sendPhoto(row);
  const frame = frameOf(row);
  if (new Blob([JSON.stringify(frame)]).size > MOST_FRAME) return outbox.park(row.id, "too_large");
  row.isHeld = false;
  row.sentAt ??= Date.now();
  row.askedAt = Date.now();
  return live.send(frame);
}

/** Everything that waits is offered, also what another tab has left behind. */
async function offer(first = () => {}) {
  await outbox.load(live.now()).catch(() => {});
  first();
  if (live.isOpen) outbox.waiting().forEach(send);
  render();
}

/** What went out on an open line and was never answered is asked again: sending twice is always safe. */
function askAgain() {
  if (!live?.isOpen || !navigator.onLine) return;
  for (const row of outbox.waiting()) if (row.askedAt && !row.isHeld && Date.now() - row.askedAt > ASK_AGAIN) send(row);
}

/** What is said of photos under way, by answer. */
const uploading = new Map();

/** The photo goes first; the answer that names it follows by itself. */
async function sendPhoto(row) {
  if (uploading.has(row.id)) return;
  uploading.set(row.id, t("phone.sending"));
  try {
    const { sendKept } = await import("./photo.js");
    const told = (share) => sendingPhoto(row, share);
    const code = await sendKept(store, row, boot.content, () => live.ticket, told);
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

const photoOf = (id) => fetched(import("./photo.js"), (one) => one.ownPhoto(store, id, boot.content, live.ticket));

/** It answers the round that stands on the page. */
function isShown(id) {
  const row = outbox.rows.get(id);
  return Boolean(row) && `${row.activity}:${row.round}` === page.shown;
}

function resend(id) {
  const row = outbox.rows.get(id);
  if (row?.state === "waiting") send(row);
}

function farewell() {
  page.form?.flush();
  page.drafts?.flush();
  live.farewell(outbox.waiting().filter((row) => !needsPhoto(row)).slice(0, 20).map(frameOf));
}

// --- asking for the word, telling the pace ---------------------------------------------------------------------------

function tellPace(button) {
  const menu = button.closest("details");
  if (menu) menu.open = false;
  signals.pace(button.dataset.pace);
}

/** Said once it is so, for those who cannot see the button. */
function signalled(done) {
  const what = done?.action === "pace" ? (done.what ?? "pace_back") : done?.action;
  if (done && what !== "react") announce(t(`phone.said.${what}`));
  renderSignals();
  if (page.wall && page.view.activity) page.wall(page.view.activity, page.me, isOpenNow(page.view.activity));
}

function renderSignals() {
  const isIn = Boolean(signals) && page.me && !isRemoved() && page.view?.phase !== "ended";
  $("#ask").hidden = !isIn;
  $("#word").hidden = !isIn || !signals.standing.isCalled;
  if (!isIn) return;
  const { hand, isCalled, pace, waits } = signals.standing;
  const hands = isCalled ? t("phone.word_done") : hand ? t("phone.hand_down") : t("phone.hand");
  paintSignal($("#hand"), Boolean(hand || isCalled), waits.has("hand"), hands);
  for (const button of $$("[data-pace]")) {
    const { pace: one } = button.dataset;
    paintSignal(button, pace === one, waits.has("pace"), t(`phone.pace.${one}`));
  }
  if (isCalled && !page.wasCalled) announce(t("phone.called"));
  page.wasCalled = isCalled;
}

function paintSignal(button, isOn, isWaiting, word) {
  if (button.dataset.pace) button.setAttribute("aria-pressed", String(isOn));
  else button.toggleAttribute("data-on", isOn); // its words say it already
  button.setAttribute("aria-busy", String(isWaiting));
  $("span", button).textContent = !isWaiting ? word : isOffline() ? t("phone.unsent") : t("phone.sending");
}

async function move(event) {
  const button = event.target.closest("[data-mode]");
  if (!button) return;
  button.closest("details").open = false;
  await post(boot.seat.move, { mode: button.dataset.mode }).catch(() => needs("say"));
}

// --- showing ---------------------------------------------------------------------------------------------------------

function show(view, me) {
  [view, me] = page.alone?.at(view, me) ?? [view, me];
  page.view = view;
  page.me = me;
  if (signals) signals.me = me ?? {};
  const activity = view?.activity;
  const shown = activity && `${activity.id}:${activity.round}`;
  if (shown !== page.shown) {
    leave();
    page.shown = shown;
    page.shownAt = live?.now();
    put(activity);
    if (activity) open(activity, shown);
  }
  render();
}

/** The question that stood here: what was being written of it is sent or kept. */
function leave() {
  page.form?.flush();
  page.drafts?.flush();
  Object.assign(page, { form: null, drafts: null });
}

function put(activity) {
  const box = $("#question");
  const hadFocus = box.contains(document.activeElement);
  box.innerHTML = activity?.html ?? "";
  box.classList.toggle("po-open", Boolean(activity?.wall));
  if (hadFocus) $("#title").focus({ preventScroll: true });
}

/** The form of a question that has come, and the scripts that its kind needs. */
function open(activity, shown) {
  const box = $("#question");
  page.form = new AnswerForm(box, (...said) => answer(activity, ...said));
  page.form.photoOf = photoOf;
  page.form.note = (text) => banner("info", "info", text, "");
  Object.assign(page, { sure: null, wall: null });
  if ($("#sure")) askSure(box);
  $("[data-speed]")?.toggleAttribute("hidden", !activity.counts_speed);
  if (activity.has_fair_clock) fetched(import("./took.js"), ({ took }) => ((page.took = took), render()));
  if (activity.wall || activity.groups >= 0 || activity.peers) openWall(box, shown);
  else keepDrafts(box, shown);
  announce(isPage(activity) ? t("phone.part_open", place()) : t("phone.question_open", place()));
  scrollTo(0, 0);
  if (live?.isOpen) outbox.held(activity.id, activity.round).forEach(send);
}

/** What is written and not sent yet outlives a reload. The script for it comes once there is such. */
async function keepDrafts(box, shown) {
  if (!$("form[data-answer=text], form[data-answer=form], form[data-product]", box)) return;
  await page.form.drawing;
  const refused = () => ((store.isKept = false), render());
  const own = { store, owner: boot.seat.owner, question: shown, kind: page.alone ? "practice" : "lesson", refused };
  const begin = async (isBegun) => {
    const { Drafts } = await import("./drafts.js").catch(() => ({}));
    if (Drafts && page.shown === shown) page.drafts = new Drafts(box, own, isBegun);
  };
  const rows = await store.all("last").catch(() => []);
  if (rows.some(({ id }) => id.startsWith(draftsOf(own.owner, shown)))) begin(false);
  else box.addEventListener("input", () => begin(true), { once: true });
}

const forgetDrafts = (whose) => fetched(import("./drafts.js"), ({ forget }) => forget(store, whose));

async function askSure(box) {
  const { shown } = page;
  const { asking } = await import("./sure.js");
  if (shown !== page.shown) return;
  const say = (word) => answer(page.view.activity, standing(page.view.activity).value, null, { confidence: word });
  page.sure = asking(box, say);
  render();
}

/** How sure one is is asked, and not said yet. */
const isSureAwaited = (activity) => page.sure && !standing(activity).confidence;

/** A page of slides is no question, and is not called one. */
const isPage = ({ kind }) => kind === "slide";

const place = () => ({ n: page.view.index, total: page.view.total });

const placeOf = (activity) => (isPage(activity) ? t("phone.part", place()) : t("phone.question", place()));

/** What stands at the top while nothing is asked. */
function restTitle({ phase, title }) {
  if (phase === "ended") return title;
  return t(boot.seat && !isRemoved() ? "phone.in" : "phone.not_in");
}

function render() {
  const { view } = page;
  if (!view) return;
  const activity = asked();
  document.body.dataset.phase = isRemoved() ? "removed" : view.phase;
  $("#title").textContent = activity ? placeOf(activity) : restTitle(view);
  document.title = `${activity ? placeOf(activity) : boot.course} · Giơ Tay`;
  renderChips();
  renderSignals();
  $("#rest").hidden = Boolean(activity);
  $("#live").hidden = !activity;
  renderPause(view, activity);
  $("#kept").hidden = !boot.seat || store?.isKept !== false || view.phase === "ended" || isRemoved();
  for (const one of $$("[data-alias]")) one.textContent = page.me?.pen ?? "";
  if (activity) renderQuestion(activity);
  else renderRest(view);
  tick();
}

function renderPause({ paused }, activity) {
  const isPaused = Boolean(paused);
  $("#paused").hidden = !isPaused;
  const isNews = page.wasPaused !== undefined && page.wasPaused !== isPaused;
  if (isNews && activity) announce(t(isPaused ? "phone.paused" : "phone.goes_on"));
  page.wasPaused = isPaused;
}

const isRemoved = () => page.over === 4503;

/** The question that stands on the page; none for somebody who was taken off the name. */
const asked = () => (page.view?.phase === "running" && !isRemoved() && !isFaceDown() ? page.view.activity : null);

const isFaceDown = () => Boolean(page.view?.paused?.face_down) && page.view.phase !== "ended";

const isOffline = () => !navigator.onLine || Boolean(page.awaySince && Date.now() - page.awaySince > PATIENCE);

function renderChips() {
  const mode = page.me?.mode;
  if ($("#picked") && page.me) $("#picked").hidden = page.me.standing !== "picked" || isRemoved();
  for (const button of $$("#place [data-mode]"))
    button.setAttribute("aria-pressed", String(button.dataset.mode === mode));
  if ($("#meeting")) $("#meeting").hidden = mode !== "home" || isRemoved();
  const isAway = isOffline() && !page.over;
  const chips = [];
  if (mode && !isRemoved()) chips.push(chip("", mode === "room" ? "board" : "home", t(`phone.mode.${mode}`)));
  if (isAway) chips.push(chip("chip-warn", "wifi-off", t("phone.offline")));
  $("#chips").replaceChildren(...chips);
  const isNews = page.wasOffline !== undefined && page.wasOffline !== isOffline();
  if (isNews && !page.over) announce(t(isAway ? "phone.offline" : "phone.online"));
  page.wasOffline = isOffline();
}

/** What the server holds of this round; null for nothing. */
function heldOf({ id, round }) {
  const { response } = page.me ?? {};
  return response?.activity === id && response.round === round ? response : null;
}

/** What stands in the answer now: the newest of this phone's own and what the server holds. */
function standing(activity) {
  const own = outbox?.newest(activity.id, activity.round);
  const held = heldOf(activity);
  if (own && own.state !== "saved" && !(own.state === "parked" && held)) {
    return { value: own.value, confidence: own.confidence, state: stateOf(own), row: own };
  }
  if (own && (!held || own.composed_at >= held.at - 5000 || own.outcome === "late")) {
    const isLate = own.outcome === "late" || Boolean(held?.late);
    return { value: own.value, confidence: own.confidence, state: "saved", at: own.at, isLate };
  }
  if (!held) return { value: null, state: "open" };
  return { value: held.value, confidence: held.confidence, state: "saved", at: held.at, isLate: held.late };
}

/** Of an answer that no ack has come for. */
function stateOf(row) {
  if (row.state === "parked") return "parked";
  const isUnderWay = row.state === "waiting" && !row.isHeld && live?.isOpen && navigator.onLine;
  return isUnderWay && Date.now() - (row.sentAt ?? 0) < PATIENCE ? "sending" : "unsent";
}

const MOST_CREDIT = 5000;

/** How much later than the class a fair clock began here. */
function credit({ has_fair_clock: isFair, opened_at: openedAt }) {
  return isFair && page.shownAt ? Math.max(0, Math.min(MOST_CREDIT, page.shownAt - openedAt)) : 0;
}

/** When one's own clock ends. */
const endOf = (activity) => page.me?.ends_at ?? (activity.closes_at ? activity.closes_at + credit(activity) : null);

function isStillOpen(activity) {
  const end = endOf(activity);
  return activity.is_open ? !(end && live && live.now() > end) : Boolean(end && live && live.now() < end);
}

/** How many more different answers may be given, also by what waits here. */
function attemptsLeft(activity) {
  if (!activity.attempts) return Infinity;
  const held = heldOf(activity);
  const spent = Math.max(held ? (held.tries ?? 1) : 0, outbox?.tries(activity.id, activity.round) ?? 0);
  return activity.attempts - spent;
}

function renderQuestion(activity) {
  const now = standing(activity);
  const key = activity.key ? new Set(activity.key.options) : null;
  const isTimeUp = !isStillOpen(activity);
  const isOpen = !isTimeUp && !page.view.paused;
  page.form?.paint({ ...now, isOpen: isOpen && attemptsLeft(activity) > 0, key });
  page.sure?.({ ...now, isOpen });
  page.wall?.(activity, page.me, isOpen);
  const isSaved = !outbox?.waiting().some((row) => !row.isHeld);
  tellTurns(activity, { isOpen: !isTimeUp, hasAnswer: now.value != null, isSaved });
  renderStatus(activity, now, isTimeUp);
  renderShown(activity);
  page.alone?.paint(now, isOffline(), (id) => outbox?.newest(id, 1));
  renderFrom(page.me?.from_index ?? 0);
}

/** Who came in later is told so at the first question of theirs. */
function renderFrom(n) {
  $("#from").hidden = !(n > 1 && n === page.view.index);
  if ($("#from").hidden) return;
  const more = el("span", { class: "small" }, t("phone.came_in_what"));
  $("#from p").replaceChildren(el("b", {}, t("phone.came_in", { n })), " ", more);
}

/** Who answers, where the question says so. A team's phone waits for that script: it asks whose turn it is. */
function tellTurns(activity, now) {
  if (page.turns) return page.turns.tell(activity, page.me, now, render);
  $("#question").hidden = activity.answering === "each" && Boolean(page.me?.team);
  if (activity.answering || page.me?.is_guest) page.comingTurns ??= bringTurns();
}

async function bringTurns() {
  try {
    page.turns = await import("./turns.js");
    render();
  } catch {
    setTimeout(() => ((page.comingTurns = null), render()), PATIENCE);
  }
}

// --- several posts of one pupil --------------------------------------------------------------------------------------

/** Its script comes with the first activity of that kind; offline, with the network. */
async function openWall(box, shown) {
  try {
    const { activity } = page.view;
    const { opened } = await import(activity.wall ? "./posts.js" : activity.peers ? "./peer.js" : "./group.js");
    if (page.shown !== shown) return;
    const isSlow = (row) => isOffline() || Date.now() - (row.sentAt ?? row.composed_at) > PATIENCE;
    const post = (...said) => answer(activity, ...said);
    page.wall = opened(box, page.view.activity, { live, signals, outbox, post, ownPhoto: photoOf, isSlow });
    render();
    keepDrafts(box, shown);
  } catch {
    setTimeout(() => page.shown === shown && openWall(box, shown), PATIENCE);
  }
}

const isOpenNow = (activity) => isStillOpen(activity) && !page.view.paused;

/** With whom to talk a question over; its script comes with the first talk. */
const renderTalk = () =>
  fetched(import("./partner.js"), (one) => page.view.talk && one.talk(page.me?.talk, banner, render));

function renderStatus(activity, now, isTimeUp) {
  if (page.view.talk && !["unsent", "parked"].includes(now.state)) return renderTalk();
  if (["unsent", "parked", "sending"].includes(now.state)) return renderUnsaved(now);
  if (activity.key) return renderKey(activity, now);
  if (isTimeUp) return renderLocked(activity, now);
  if (now.state === "saved") return banner("ok", "check", savedAt(now), savedMore(activity, now));
  return banner(null);
}

function renderUnsaved({ state, row }) {
  if (state === "sending") return banner("", "clock", uploading.get(row.id) ?? t("phone.sending"), "");
  if (state === "unsent")
    return banner("warn", "wifi-off", t("phone.will_send"), t("phone.on_phone", { time: clock(row.composed_at) }));
  if (row.post) return banner("bad", "warning", t(`posts.parked.${row.code}`), "");
  return banner("bad", "warning", t(`phone.parked.${row.code}`), t("phone.parked_what"));
}

function renderLocked(activity, now) {
  if (now.isLate) return banner("info", "clock", t("phone.late"), "");
  const isSlide = isPage(activity);
  const none = activity.wall || isSlide ? "" : t("phone.locked_none");
  const own = now.value == null || activity.wall ? none : savedAt(now) + took(activity);
  return banner("", "lock", isSlide ? t("phone.part_locked") : t("phone.locked"), own);
}

const savedAt = ({ at }) => t("phone.saved_at", { time: clock(at) });

/** How long one took by one's own clock, where the clock is one's own. */
const took = (activity) => page.took?.(activity, page.me, credit(activity)) ?? "";

/** What can still be done: the statements that are left, else how to change one's mind. */
function savedMore(activity, now) {
  if (now.isLate) return t("phone.late");
  return page.view.paused ? "" : leftToDo(activity, now.value) + took(activity);
}

function leftToDo(activity, value) {
  const left = attemptsLeft(activity);
  if (left < Infinity && !isSureAwaited(activity))
    return left > 0 ? t("phone.attempts_left", { n: left }) : t("phone.attempts_spent");
  const missing = page.form?.missing(value);
  if (missing) return t("phone.left", { names: missing });
  return isSureAwaited(activity) ? t("phone.sure") : t(`phone.change.${page.form?.kind ?? "one"}`);
}

function renderKey(activity, now) {
  const said = keyTexts(activity.key).join(` ${t("phone.or")} `);
  return banner("", "key", said ? t("phone.key_was", { key: said }) : t("phone.key_shown"), ownResult(now));
}

/** How one's own answer stands beside the key. */
function ownResult({ value, isLate }) {
  if (value == null) return t("phone.no_answer");
  if (isLate) return t("phone.late");
  const { share } = page.me ?? {};
  if (share == null) return "";
  return t(share === 1 ? "phone.share_all" : share > 0 ? "phone.share_part" : "phone.share_none");
}

function banner(kind, name, bold, more) {
  const box = $("#status");
  const signature = [kind, bold, more].join("|");
  if (box.dataset.said === signature) return;
  box.dataset.said = signature;
  if (kind === null) return box.replaceChildren();
  if (kind && kind !== "bad") announce(`${bold}. ${more}`);
  const said = el("p", {}, el("b", {}, bold), " ", el("span", { class: "small" }, more));
  const role = kind === "bad" ? "alert" : null;
  box.replaceChildren(el("div", { class: `banner banner-${kind || "plain"}`, role }, icon(name), said));
}

/** Distribution and explanation, when the teacher shows them: pupils at home see no projector. */
async function renderShown(activity) {
  const box = $("#shown");
  const { tally, explanation, answered, key, before } = activity;
  const { goal } = page.view;
  const { progress, points } = page.me ?? {};
  const signature = JSON.stringify([tally, explanation, answered, key, before, goal, progress, points]);
  if (box.dataset.said === signature) return;
  box.dataset.said = signature;
  if (!tally && !explanation && !(key && (goal || points))) return box.replaceChildren();
  try {
    const { shown } = await import("./shown.js");
    if (box.dataset.said === signature) box.replaceChildren(...shown(activity, goal, page.me));
  } catch {
    delete box.dataset.said;
  }
}

function renderRest(view) {
  const down = page.me?.mode === "home" ? "face_down_home" : "face_down"; // who hears the lesson by it keeps it up
  const kind = isRemoved() ? "removed" : isFaceDown() ? down : view.phase;
  const [title, text] = [$("#rest h2"), $("#rest p")];
  if (isRemoved()) $("#rest").setAttribute("role", "alert");
  const waiting = outbox?.waiting().length ?? 0;
  title.textContent = t(`phone.rest.${kind}`);
  text.textContent = waiting ? t("phone.rest_waiting", { n: waiting }) : t(`phone.rest.${kind}_what`);
  $("#again").hidden = kind !== "removed";
  if (kind === "ended") renderEnd(page.wasKind !== kind);
  else for (const line of $$("#points-end, #progress-end")) line.remove(); // it goes on after all
  if (page.wasKind !== kind) announce(`${title.textContent}. ${text.textContent}`);
  page.wasKind = kind;
}

/** One's own points and how far one has come, below the words that the lesson is over. */
function renderEnd(isNews) {
  const { points } = page.me ?? {};
  const asks = isNews && boot.progress && !page.alone;
  if (points) fetched(import("./shown.js"), (one) => one.atTheEnd($("#rest"), points));
  if (asks) fetched(import("./shown.js"), (one) => one.progressAtTheEnd($("#rest")));
}

// --- time ------------------------------------------------------------------------------------------------------------

const said = new Set();

/** How long the question was given: what a pause took is no part of it. */
function given(activity, left) {
  const end = endOf(activity) ?? page.view.paused.at + left;
  return end - (activity.clock_at ?? activity.opened_at) - (activity.stopped ?? 0);
}

/** Milliseconds left of the talk or of one's own clock; null for no end. */
function leftOf(activity) {
  const { talk } = page.view;
  const standsAt = talk ? talk.left : (page.me?.left ?? activity.left);
  const ends = talk ? talk.ends_at : endOf(activity);
  return standsAt ?? (ends ? ends - live.now() : null);
}

function tick() {
  askAgain();
  if (page.view && signals?.standing.pace !== page.wasPace) {
    page.wasPace = signals.standing.pace;
    renderSignals();
  }
  if (isOffline() !== page.wasOffline && page.view) return render();
  const activity = asked();
  const isTimed = Boolean(activity && live);
  $("#timer").hidden = !isTimed;
  $("#time").toggleAttribute("hidden", !isTimed);
  if (!isTimed) return;
  page.wasKind = null;
  const isClosed = !page.view.talk && !isStillOpen(activity);
  renderClock(activity, isClosed);
  if (isClosed !== page.wasClosed) {
    page.wasClosed = isClosed;
    renderQuestion(activity);
  }
  const row = outbox?.newest(activity.id, activity.round);
  if (row?.state === "waiting" && Date.now() - (row.sentAt ?? 0) > PATIENCE && page.stale !== row.id) {
    page.stale = row.id;
    render();
  }
}

function renderClock(activity, isClosed) {
  const [timer, bar] = [$("#timer"), $("#time")];
  const left = leftOf(activity);
  const isCounting = !page.view.talk && !isClosed && left !== null;
  $("#clock").textContent = isClosed ? t("phone.closed") : left === null ? t("phone.untimed") : minutes(left);
  timer.toggleAttribute("data-closed", isClosed);
  timer.toggleAttribute("data-words", isClosed || left === null);
  timer.toggleAttribute("data-low", isCounting && left < 10000);
  bar.toggleAttribute("data-off", !isCounting);
  if (!isCounting) return;
  bar.firstElementChild.setAttribute("width", `${Math.max(0, Math.min(100, (100 * left) / given(activity, left)))}%`);
  for (const seconds of [60, 10]) {
    const once = `${page.shown}:${activity.closes_at}:${seconds}`;
    if (left >= seconds * 1000 || left <= (seconds - 3) * 1000 || said.has(once)) continue;
    said.add(once);
    announce(t("phone.seconds_left", { n: seconds }));
  }
}

function announce(text) {
  $("#announce").textContent = text;
}

start();

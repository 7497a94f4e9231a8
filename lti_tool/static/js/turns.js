/* Who answers, where a question says so. "each", at a phone of a team: one member after the other, each on the page of
   their own seat at it, so that an answer is its pupil's and nobody else's; the phone goes on once the answer is saved,
   and to the team's page with the next question. "together": a phone without a team is told how to make one, and takes
   an answer all the same. */

import { say } from "./needs.js";
import { $, $$, boot, chip, el, get, icon, t } from "./page.js";

const AGAIN = 4000;
const TURN = "#turn";
/** Forms that are saved part by part: what is saved may be half an answer. */
const IN_PARTS = "#question form:is([data-answer=many], [data-answer=fields], [data-answer=order])";
const page = { shown: "", asked: "", turns: [], isMine: false, wasEach: false, isPassed: location.hash === TURN };
if (page.isPassed) history.replaceState(null, "", location.pathname + location.search); // for this question alone
const above = el("section", { class: "stack ph-turn" });
const below = el("section", { class: "stack ph-turn" });

/** `now` = {isOpen, hasAnswer, isSaved}, the last: nothing of this pupil's waits here. `again()` shows the page anew. */
export function tell(activity, me, now, again) {
  if (!above.parentNode) $("#question").before(above);
  if (!below.parentNode) $("#status").after(below);
  const shown = `${activity.id}:${activity.round}`;
  if (page.shown !== shown) Object.assign(page, { shown, isMine: page.isPassed, isPassed: false });
  const isEach = activity.answering === "each";
  const isOfTeam = Boolean(me?.team || me?.is_guest);
  if (isEach && isOfTeam) page.wasEach = true;
  else if (me?.is_guest && page.wasEach && now.isSaved && navigator.onLine && home()) return location.replace(home());
  const isAsking = isEach && Boolean(me?.team) && now.isOpen && !now.hasAnswer && !page.isMine;
  for (const id of ["#question", "#status"]) $(id).hidden = isAsking;
  if (page.isGuest !== me?.is_guest) {
    page.isGuest = me?.is_guest;
    for (const one of $$(".ph-me .btn")) one.hidden = Boolean(me?.is_guest); // one goes on from below the answer
  }
  if ($("#together")) nameTeam(Boolean(me?.team), isEach);
  if (me?.is_guest || (isEach && isOfTeam)) fetchTurns(`${shown}:${now.hasAnswer}:${now.isSaved}`, again);
  if (isAsking) put(above, ["whose", page.turns], whose(() => take(again)));
  else if (isEach && isOfTeam) put(above, ["turn", page.turns], turn());
  else if (me?.is_guest) put(above, ["guest", page.turns], teamPage());
  else if (activity.answering === "together" && !isOfTeam && now.isOpen && !now.hasAnswer)
    put(above, ["together"], together());
  else put(above, [], []);
  const isNext = isEach && isOfTeam && !isAsking;
  const isNew = put(below, isNext ? ["next", page.turns, now] : [], isNext ? next(now, me.is_guest) : []);
  if (isNew && now.isSaved && now.hasAnswer && !$(IN_PARTS)) below.scrollIntoView({ block: "nearest" });
}

/** Below stands the team, or the one whose turn it is. */
function nameTeam(isOfTeam, isEach) {
  $("#together").hidden = isEach;
  $(".ph-me").toggleAttribute("data-team", isOfTeam && !isEach);
}

/** It is this page's pupil who answers now. */
function take(again) {
  page.isMine = true;
  again();
  $("#title").focus({ preventScroll: true });
}

const home = () => page.turns.find((one) => one.is_host)?.page;
const own = () => page.turns.find((one) => one.is_own)?.name ?? boot.name;
const others = () => page.turns.filter((one) => !one.is_own && !one.is_done && one.page);

/** Who has answered, for what stands here; asked again where nothing answered. */
async function fetchTurns(asked, again) {
  if (page.asked === asked) return;
  page.asked = asked;
  try {
    const { turns } = await get(boot.seat.team);
    if (page.asked !== asked) return;
    page.turns = turns;
    again();
  } catch {
    setTimeout(() => page.asked === asked && ((page.asked = ""), again()), AGAIN);
  }
}

/** To a page that only the network brings: where it is away, this one stays and says so. */
async function go(event, address) {
  event.preventDefault();
  try {
    await get(boot.seat.team);
    location.assign(address);
  } catch {
    say();
  }
}

const link = (address, name, text) =>
  el(
    "a",
    { class: "btn", href: address, onclick: (event) => go(event, address) },
    icon(name, 20),
    el("span", { class: "wrap" }, text),
  );

function whose(onclick) {
  const done = page.turns
    .filter((one) => one.is_done)
    .map(({ name }) => el("p", {}, chip("chip-ok", "check", t("phone.each_done", { name }))));
  const mine = el(
    "button",
    { class: "btn", type: "button", onclick },
    icon("users", 20),
    el("span", { class: "wrap" }, own()),
  );
  return [
    el("h2", {}, t("phone.each")),
    el("p", { class: "small" }, t("phone.each_whose")),
    mine,
    ...others().map(({ name, page: address }) => link(address + TURN, "users", name)),
    ...done,
  ];
}

const turn = () => [
  el(
    "p",
    { class: "row" },
    chip("chip-board", "users", t("phone.each_turn", { name: own() })),
    el("span", { class: "small" }, t("phone.each")),
  ),
];

function next({ isOpen, hasAnswer, isSaved }, isGuest) {
  const back = isGuest && home() ? [link(home(), "arrow-left", t("phone.each_back"))] : [];
  if (!isOpen) return back;
  if (!isSaved) return [el("p", { class: "small" }, t("phone.each_wait"))];
  const left = others();
  if (left.length)
    return [
      el("p", { class: "small" }, t("phone.each_next")),
      ...left.map(({ name, page: address }) => link(address + TURN, "arrow-right", name)),
    ];
  return hasAnswer && page.turns.length ? [el("p", { class: "small" }, t("phone.each_all")), ...back] : back;
}

const teamPage = () => [
  el("p", { class: "small" }, t("phone.team_page")),
  ...(home() ? [link(home(), "arrow-left", t("phone.each_back"))] : []),
];

function together() {
  const make = boot.seat.gather && link(boot.seat.gather, "plus", t("phone.together_make"));
  return [
    el(
      "div",
      { class: "banner banner-info" },
      icon("users"),
      el("p", {}, el("b", {}, t("phone.together")), " ", el("span", { class: "small" }, t("phone.together_what"))),
    ),
    ...(make ? [make] : []),
  ];
}

/** What stands there stays as it is while it says the same: a focus is not lost. Whether it is something new. */
function put(box, said, nodes) {
  const signature = JSON.stringify(said);
  if (box.dataset.said === signature) return false;
  box.dataset.said = signature;
  box.hidden = !nodes.length;
  box.replaceChildren(...nodes);
  return nodes.length > 0;
}

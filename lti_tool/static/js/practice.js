/* Work at one's own pace on the pupil's page: the deck came with the page, so that the next question is here without a
   network; what is told of an answer comes after it, from the server. One's own progress, and nobody else's. */

import { uuid7 } from "./ids.js";
import { $, boot, el, icon, t } from "./page.js";

const ON_DEMAND = /data-draw|data-arrange|id="sure"/;
const PICTURES = /(?:\bsrc|data-under)="(\/[^"]+)"/g;

/** What questions further on need is fetched with the first: the network may be gone before they are reached. */
async function fetchAhead(deck) {
  const html = deck.map((one) => one.html).join("");
  for (const [, address] of html.matchAll(PICTURES)) new Image().src = address;
  if (!boot.worker || !ON_DEMAND.test(html)) return;
  const { keepShell } = await import("./keepshell.js");
  await keepShell(boot.worker, "kinds");
}

/** `send(frame)` sends if it can; `again()` shows the page anew. */
export function practice({ deck, all, words }, send, again) {
  Object.assign(boot.words, words);
  Object.assign(boot.words, { "phone.rest.ended": t("alone.closed"), "phone.rest.ended_what": t("alone.closed_what") });
  document.head.append(el("link", { rel: "stylesheet", href: new URL("../css/practice.css", import.meta.url).href }));
  document.body.classList.add("ph-alone");
  fetchAhead(deck).catch(() => {});
  const box = el("nav", { class: "ph-steps", "aria-label": t("alone.steps") });
  $("#shown").after(box);
  const page = { place: null, results: new Map(), said: "" };

  /** The view with the question where one stands, and one's own part of it. */
  function at(view, me) {
    if (!view) return [view, me];
    page.results = new Map((me?.results ?? []).map((one) => [one.activity, one]));
    page.place ??= Math.max(0, deck.findIndex(({ id }) => !isDone(page.results.get(id))));
    const asked = deck[page.place];
    const own = page.results.get(asked.id);
    const isShown = view.phase === "running";
    const activity = isShown
      ? { ...asked, is_open: !own?.is_done, key: own?.key, explanation: own?.explanation }
      : null;
    const response = own && { activity: asked.id, round: 1, value: own.value, at: own.at, tries: own.tries };
    return [{ ...view, activity, index: page.place + 1 }, me && { ...me, mode: null, response, share: own?.share }];
  }

  /** Done with: the key was shown, or there is none. */
  const isDone = (own) => Boolean(own && (own.is_done || own.is_right == null));

  function go(place) {
    page.place = place;
    again();
    scrollTo(0, 0);
    $("#title").focus({ preventScroll: true });
  }

  /** `now` is what stands in the answer, `kept(id)` what this phone holds of an activity. */
  function paint(now, isOffline, kept) {
    const own = page.results.get(deck[page.place].id);
    const isWrong = own?.is_right === false && !own.is_done && now.state === "saved";
    const steps = deck.map(({ id }) => stepOf(page.results.get(id), kept(id)));
    const said = JSON.stringify([page.place, isWrong, isOffline, steps, page.asked]);
    if (said === page.said) return;
    page.said = said;
    const held = box.contains(document.activeElement) ? document.activeElement.dataset.go : null;
    const isLast = page.place === deck.length - 1;
    const done = steps.filter((step) => step !== "new").length;
    const isAll = done === deck.length;
    box.replaceChildren(
      ...[
        isWrong && wrong(isOffline),
        isAll && finished(steps),
        row(isLast, isAll),
        el("ol", { class: "ph-dots" }, ...steps.map(dot)),
        el("p", { class: "small" }, t("alone.far", { n: done, total: deck.length })),
      ].filter(Boolean),
    );
    if (held != null) $(`[data-go="${held}"]`, box)?.focus();
    if (isWrong && page.told !== page.place) $(".card", box).scrollIntoView({ block: "nearest" });
    page.told = isWrong ? page.place : null;
  }

  function stepOf(own, row) {
    if (own?.is_done) return own.is_right ? "right" : "seen";
    if (own?.is_right === false) return "again";
    return own || row ? "given" : "new";
  }

  function wrong(isOffline) {
    const isAsked = String(page.asked === page.place);
    const asks = { class: "btn", type: "button", "aria-busy": isAsked, onclick: look };
    const said = el("p", {}, el("b", {}, t("alone.not_yet")), " ", t(isOffline ? "alone.offline" : "alone.try"));
    const button = isOffline ? null : el("button", asks, icon("key"), t("alone.look"));
    return el("div", { class: "card stack", role: "status" }, said, button);
  }

  function look() {
    if (send({ t: "signal", id: uuid7(), action: "look", activity: deck[page.place].id })) page.asked = page.place;
    again();
  }

  function finished(steps) {
    const right = steps.filter((step) => step === "right").length;
    const isKeyed = steps.some((step) => step !== "given");
    const open = steps.filter((step) => step === "again").length;
    const rest = t(open ? "alone.some_again" : "alone.nothing_open");
    const said = isKeyed ? ` ${t("alone.right", { n: right })} ${rest}` : ` ${rest}`;
    const line = el("p", {}, el("b", {}, t("alone.all", { n: deck.length })), said);
    return el("div", { class: "banner banner-ok" }, icon("check"), line);
  }

  function row(isLast, isAll) {
    const leads = (way, step) => ({ type: "button", "data-go": way, onclick: () => go(page.place + step) });
    const toNext = { class: "btn btn-primary", ...leads("next", 1) };
    const back = page.place
      ? el("button", { class: "btn", ...leads("back", -1) }, icon("arrow-left"), t("alone.back"))
      : null;
    const next = isLast ? null : el("button", toNext, t("alone.next"), icon("arrow-right"));
    const out = isLast || isAll ? el("a", { class: "btn", href: all }, t("alone.leave")) : null;
    return el("div", { class: "row apart" }, ...[back, next, out].filter(Boolean));
  }

  const SIGNS = { right: "check", seen: "eye", again: "undo", given: "pencil", new: null };

  function dot(step, place) {
    const sign = SIGNS[step] && icon(SIGNS[step], 16);
    const isHere = place === page.place;
    const button = el("button", {
      class: "btn",
      type: "button",
      "data-go": String(place),
      "aria-current": isHere ? "step" : null,
      "aria-label": t("alone.step", { n: place + 1, state: t(`alone.step.${step}`) }),
      onclick: () => go(place),
    });
    button.append(String(place + 1), ...(sign ? [sign] : []));
    return el("li", {}, button);
  }

  return { at, paint };
}

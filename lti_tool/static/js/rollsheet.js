/* The roll call on the console: one tap a pupil, by list or by seat, everybody else present in one. Works without a
   network (roll.js). */

import { listed, rowOf } from "./listed.js";
import { $, $$, boot, complain, el, icon, keep, kept, svg, t } from "./page.js";
import { proofOf } from "./proved.js";
import { Roll } from "./roll.js";
import { drawn, placeOf, seatIn, turn, walk } from "./room.js";

const WORDS = ["room", "home", "excused", "absent"];
const BY_SEAT = "giotay-roll-by-seat";
/** What the phone says, as letter and shape: a square, a house, a diamond, a ring. */
const SIGNS = {
  code: ["room", "M2 2h16v16H2z"],
  card: ["room", "M2 2h16v16H2z"],
  said: ["", "M10 1l9 9-9 9-9-9z"],
  home: ["home", "M10 1l9 8v10H1V9z"],
  none: ["open", "M10 2a8 8 0 1 0 .01 0z"],
};

export class RollSheet {
  /** `page` is the console's own: names, seats, who is here, the time, and what is to be done when a word was said; it
      learns the plans of the class's seats. */
  constructor(page) {
    this.page = page;
    this.box = $("#roll");
    this.undone = [];
    this.isBySeat = kept(BY_SEAT) === "yes";
    this.roll = new Roll(boot.roll.address, boot.roll.owner, { changed: () => (this.show(), this.page.called()), refused: complain });
    this.box.addEventListener("click", (event) => this.pressed(event.target.closest("button")));
    addEventListener("beforeunload", (event) => this.roll.isSafe || event.preventDefault());
    for (const turn of ["online", "offline"]) addEventListener(turn, () => this.showCut());
    this.roll.open();
    walk(this.box);
    const meaning = (sign) => el("li", { class: "hint" }, signed(sign), t(`console.roll.sign.${sign}`));
    $("#roll-key").replaceChildren(...["code", "said", "home", "none"].map(meaning));
  }

  open() {
    this.undone = [];
    this.draw();
    this.box.showModal();
    this.roll.send();
  }

  get pupils() {
    return listed(this.page.people, boot.total);
  }

  pressed(button) {
    if (!button) return;
    const { roll, cycle } = button.dataset;
    const word = button.closest(".roll-words") && button.dataset.word;
    const who = button.closest("[data-who]")?.dataset.who;
    if (cycle) this.say([[who, this.next(who)]]);
    else if (word) this.say([[who, this.roll.word(who) === word ? "open" : word]]);
    else if (roll === "rest") this.sayRest();
    else if (roll === "undo") this.say(this.undone.map((id) => [id, "open"]));
    else if (roll === "list" || roll === "seats") this.layOut(roll === "seats");
    else if (roll === "turn") (turn(), this.draw());
  }

  /** The same marks in another order on the screen. */
  layOut(isBySeat) {
    this.isBySeat = isBySeat;
    keep(BY_SEAT, isBySeat ? "yes" : "no");
    this.draw();
  }

  /** The word on a pupil that stands, with its moment; nothing where none does. */
  said(who) {
    return this.roll.word(who) ? this.roll.standing(who) : null;
  }

  /** What a tap on a seat says: here, absent, excused, the other place, and at last nothing again. */
  next(who) {
    const isHome = this.page.view?.seats?.some(({ id, mode }) => id === who && mode === "home");
    const words = isHome ? ["home", "absent", "excused", "room"] : ["room", "absent", "excused", "home"];
    return words[words.indexOf(this.roll.word(who)) + 1] ?? "open";
  }

  say(pairs) {
    this.undone = [];
    return this.roll.say(pairs);
  }

  /** Everybody of whom nothing is said: present. Whoever sits at home joins from there. */
  sayRest() {
    const open = this.pupils.map(({ id }) => id).filter((id) => !this.roll.word(id));
    const home = new Set((this.page.view?.seats ?? []).filter(({ mode }) => mode === "home").map(({ id }) => id));
    this.say(open.map((id) => [id, home.has(id) ? "home" : "room"]));
    this.undone = open;
    this.show();
  }

  /** Names have come, perhaps while the sheet is open. */
  named() {
    if (this.box.open && $$("[data-who]", this.box).length !== this.pupils.length) this.draw();
    else this.show();
  }

  /** Rows or seats, made when the sheet is opened: a tap must not move what lies under the next one. */
  draw() {
    this.plans = this.roll.plans;
    const isBySeat = this.isBySeat && this.plans.length > 0;
    $(".roll-list", this.box).hidden = isBySeat;
    $("#roll-room").hidden = !isBySeat;
    $("#roll-what").textContent = t(isBySeat ? "console.roll.seat_what" : "console.roll.what");
    $(".roll-list", this.box).replaceChildren(...(isBySeat ? [] : this.rows()));
    $("#roll-seats").replaceChildren(...(isBySeat ? this.seats() : []));
    for (const button of $$("[data-roll=list], [data-roll=seats]", this.box)) {
      button.setAttribute("aria-pressed", String((button.dataset.roll === "seats") === isBySeat));
    }
    this.show();
  }

  rows() {
    return this.pupils.map((pupil) => rowOf(pupil, "call", WORDS.map((word) => [{ "data-word": word }, t(`console.roll.${word}`)])));
  }

  /** The room of each class, and below them whoever has no seat in one. */
  seats() {
    const pupils = new Map(this.pupils.map((pupil) => [pupil.id, pupil]));
    const rest = this.pupils.filter(({ id }) => !seatIn(this.plans, id));
    const chair = (who, row, place) => seat(pupils.get(who), `${row}.${place}`);
    const rooms = this.plans.flatMap((plan) => [plan.name && el("h3", {}, plan.name), drawn(plan, chair)]).filter(Boolean);
    if (!rest.length) return rooms;
    const standing = el("div", { class: "room-rest" }, ...rest.map((pupil) => seat(pupil)));
    return [...rooms, el("h3", {}, t("seats.unplaced", { n: rest.length })), standing];
  }

  show() {
    this.page.plans = this.roll.plans;
    this.showCounts();
    this.showCut();
    if (!this.box.open) return;
    const hasPlan = this.roll.plans.length > 0;
    $("#roll-ways").hidden = !hasPlan;
    $("#roll-arrange").hidden = hasPlan;
    if (this.isBySeat && this.plans !== this.roll.plans) return this.draw();
    const seats = new Map((this.page.view?.seats ?? []).map((seat) => [seat.id, seat]));
    for (const row of $$("[data-who]", this.box)) {
      const seat = seats.get(row.dataset.who);
      const word = this.roll.word(row.dataset.who);
      const sign = signOf(seat);
      if (row.matches(".chair-roll")) {
        this.showSeat(row, word, sign);
        continue;
      }
      for (const button of $$("[data-word]", row)) button.setAttribute("aria-pressed", String(button.dataset.word === word));
      $("small", row).textContent = seat ? proofOf(seat, this.page.now()) : t(`console.roll.sign.${sign}`);
    }
  }

  /** The strip says what the teacher said, the shape what the phone says; both stand in the seat's name. */
  showSeat(button, word, sign) {
    if (button.dataset.said === `${word}.${sign}`) return;
    button.dataset.said = `${word}.${sign}`;
    word ? (button.dataset.word = word) : delete button.dataset.word;
    $(".chair-word", button).textContent = t(`console.roll.letter.${word || "open"}`);
    $(".sign", button).replaceWith(signed(sign));
    const { name, number } = this.page.people[button.dataset.who];
    const at = button.dataset.at?.split(".").map(Number);
    const said = t(word ? `console.roll.${word}` : "console.roll.nothing");
    button.setAttribute("aria-label", [`${number} ${name}`, at && placeOf(...at), said, t(`console.roll.sign.${sign}`)].filter(Boolean).join(". "));
  }

  showCounts() {
    const said = this.pupils.map(({ id }) => this.roll.word(id));
    const count = (...words) => said.filter((word) => words.includes(word)).length;
    const open = said.filter((word) => !word).length;
    $("#roll-counts").textContent = t("console.roll.counts", { a: count("room"), b: count("home"), c: count("excused"), d: count("absent"), e: open });
    $("#roll-rest").hidden = !open;
    $("#roll-rest span").textContent = t("console.roll.rest", { n: open });
    $("#roll-undo").hidden = !this.undone.length;
    $("#roll-done").textContent = said.length - open ? ` ${said.length - open}/${said.length}` : "";
    this.showLink(said.length - open);
  }

  /** Calling needs no network; arranging is a page of the server's. */
  showCut() {
    const isCut = this.roll.isCut || !navigator.onLine;
    for (const button of $$("[data-arrange]", this.box)) {
      button.disabled = isCut;
      $("span", button).textContent = t(isCut ? "console.roll.cut" : `console.roll.${button.dataset.arrange}`);
    }
  }

  showLink(said) {
    const { waiting, isKept, unknown } = this.roll;
    const chip = $("#roll-link");
    chip.hidden = !waiting && !said;
    chip.className = `chip ${waiting ? "chip-warn" : "chip-ok"}`;
    chip.replaceChildren(icon(waiting ? "hourglass" : "check", 16), waiting ? t("console.roll.waiting", { n: waiting }) : t("console.roll.kept"));
    $("#roll-warning").hidden = isKept && !unknown;
    $("#roll-warning").textContent = isKept ? t("console.roll.unknown", { n: unknown }) : t("console.roll.memory");
  }
}

/** What the phone says of a pupil, beside what the teacher says. */
function signOf(seat) {
  if (!seat) return "none";
  if (seat.mode === "home") return "home";
  return seat.proof === "declared" || seat.proof === "none" ? "said" : seat.proof;
}

function signed(sign) {
  const [letter, shape] = SIGNS[sign];
  const text = svg("text", { x: 10, y: sign === "home" ? 16 : 14 });
  text.textContent = letter ? t(`console.roll.letter.${letter}`) : "?";
  return svg("svg", { class: "sign", "data-sign": sign, viewBox: "0 0 20 20", width: 18, height: 18, "aria-hidden": "true" }, svg("path", { d: shape }), text);
}

/** One seat of the roll call; a seat in which nobody sits is none to press. */
function seat(pupil, at) {
  if (!pupil) return el("span", { class: "chair chair-free" });
  return el(
    "button",
    { class: "chair chair-roll", type: "button", "data-cycle": "yes", "data-who": pupil.id, "data-at": at },
    el("span", { class: "chair-top" }, el("span", { class: "chair-no" }, String(pupil.number)), svg("svg", { class: "sign" })),
    el("span", {}, pupil.short || pupil.name),
    el("span", { class: "chair-word" }),
  );
}

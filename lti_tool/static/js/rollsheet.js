/* The roll call on the console: one tap a pupil, everybody else present in one. Works without a network (roll.js). */

import { $, $$, boot, complain, el, icon, t } from "./page.js";
import { Roll } from "./roll.js";

const WORDS = ["room", "home", "excused", "absent"];

export class RollSheet {
  /** `page` is the console's own: names, seats, who is here. */
  constructor(page) {
    this.page = page;
    this.box = $("#roll");
    this.undone = [];
    this.roll = new Roll(boot.roll.address, boot.roll.owner, { changed: () => this.show(), refused: complain });
    this.box.addEventListener("click", (event) => this.pressed(event.target.closest("button")));
    addEventListener("beforeunload", (event) => this.roll.waiting && !this.roll.isKept && event.preventDefault());
    this.roll.open();
  }

  open() {
    this.undone = [];
    this.draw();
    this.box.showModal();
    this.roll.send();
  }

  /** The class's list: whoever stands after it belongs to another class, or has left. */
  get pupils() {
    const known = Object.entries(this.page.people).map(([id, pupil]) => ({ id, ...pupil }));
    return known.filter(({ number }) => number <= boot.total).sort((a, b) => a.number - b.number);
  }

  pressed(button) {
    if (!button) return;
    const { word, roll } = button.dataset;
    const who = button.closest("[data-who]")?.dataset.who;
    if (word) this.say([[who, this.roll.word(who) === word ? "open" : word]]);
    else if (roll === "rest") this.sayRest();
    else if (roll === "undo") this.say(this.undone.map((id) => [id, "open"]));
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
    if (this.box.open && $("ul", this.box).childElementCount !== this.pupils.length) this.draw();
    else this.show();
  }

  /** The rows, made when the sheet is opened: a tap must not move what lies under the next one. */
  draw() {
    const rows = this.pupils.map(({ id, name, number }) =>
      el(
        "li",
        { "data-who": id },
        el("span", { class: "no" }, String(number)),
        el("span", { class: "grow" }, el("b", { id: `roll-${id}` }, name), el("small", { class: "hint" })),
        el("span", { class: "roll-words", role: "group", "aria-labelledby": `roll-${id}` }, ...WORDS.map((word) => el("button", { type: "button", "data-word": word }, icon("check", 18), t(`console.roll.${word}`)))),
      ),
    );
    $("ul", this.box).replaceChildren(...rows);
    this.show();
  }

  show() {
    this.showCounts();
    if (!this.box.open && !$("ul", this.box).childElementCount) return;
    const seats = new Map((this.page.view?.seats ?? []).map((seat) => [seat.id, seat]));
    for (const row of $$("[data-who]", this.box)) {
      const word = this.roll.word(row.dataset.who);
      for (const button of $$("[data-word]", row)) button.setAttribute("aria-pressed", String(button.dataset.word === word));
      $("small", row).textContent = t(`console.roll.sign.${signOf(seats.get(row.dataset.who))}`);
    }
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

/* The neighbour spot check on the console: three names, seen or not seen, and how far the proof can be trusted. */

import { $, $$, boot, chip, complain, el, icon, post, t } from "./page.js";
import { keep, kept } from "./tab.js";

const AGAIN_MS = 3000;
const KEPT = `giotay-spot:${boot.spot}`;

export class SpotSheet {
  /** `looked(who, seen)` is called with what the teacher has said, once the server has it. What the network holds back
      waits in this tab, over a reload too (ids alone, no name); the newest word on a pupil is the one that is sent. */
  constructor(nameOf, looked) {
    Object.assign(this, { nameOf, looked });
    this.waiting = new Map(Object.entries(kept(KEPT) ?? {}));
    addEventListener("online", () => this.send());
    if (this.waiting.size) this.send();
    this.box = $("#spot");
    this.box.addEventListener("click", ({ target }) => {
      const button = target.closest("[data-seen]");
      if (button) this.say(button.closest("[data-who]").dataset.who, button.dataset.seen === "yes");
    });
  }

  async open() {
    try {
      const { draw, pupils, said } = await post(boot.spot);
      this.draw = draw;
      $("ul", this.box).replaceChildren(...pupils.map((pupil) => this.row(pupil)));
      this.tell(said);
      for (const { who } of this.waiting.values()) this.mark(who);
      this.box.showModal();
    } catch (fault) {
      complain(fault);
    }
  }

  row({ who, proof, seen }) {
    const word = (value, name, text) => {
      const pressed = { "data-seen": value, "aria-pressed": String(seen === (value === "yes")) };
      return el("button", { class: "btn", type: "button", ...pressed }, icon(name, 18), text);
    };
    const words = [word("yes", "check", t("console.spot.seen")), word("no", "cross", t("console.spot.missed"))];
    const hint = el("small", { class: "hint" }, t(`console.spot.proof.${proof}`));
    const name = el("span", { class: "grow" }, el("b", {}, this.nameOf(who)), hint);
    return el("li", { "data-who": who }, name, el("span", { class: "row", role: "group", "aria-label": this.nameOf(who) }, ...words));
  }

  say(who, seen) {
    this.waiting.set(who, { draw: this.draw, who, seen, at: Date.now() });
    this.keep();
    this.send();
  }

  async send() {
    if (this.isSending) return;
    this.isSending = true;
    clearTimeout(this.again);
    for (let one; (one = this.waiting.values().next().value); ) if (!(await this.sent(one))) break;
    this.isSending = false;
    if (this.waiting.size) this.again = setTimeout(() => this.send(), AGAIN_MS);
  }

  /** False where the network is away: the rest waits, too. */
  async sent(one) {
    try {
      const { said } = await post(`${boot.spot}/${one.draw}`, { who: one.who, seen: one.seen, ago: Date.now() - one.at });
      this.tell(said);
      this.looked(one.who, one.seen);
    } catch (fault) {
      if (fault.fault === "network") return this.mark(one.who);
      complain(fault);
      return this.drop(one);
    }
    this.mark(one.who, one.seen);
    return this.drop(one);
  }

  /** Done with, unless another word on the same pupil came meanwhile. */
  drop(one) {
    if (this.waiting.get(one.who) === one) this.waiting.delete(one.who);
    this.keep();
    return true;
  }

  /** Shows what stands; without `seen` what waits for the network. */
  mark(who, seen) {
    const row = $(`[data-who="${CSS.escape(who)}"]`, this.box);
    const waits = seen === undefined ? this.waiting.get(who) : null;
    const shown = (waits?.seen ?? seen) ? "yes" : "no";
    if (!row || (waits && waits.draw !== this.draw)) return;
    for (const one of $$("[data-seen]", row)) one.setAttribute("aria-pressed", String(one.dataset.seen === shown));
    $(".chip-warn", row)?.remove();
    if (waits) $(".grow", row).append(chip("chip-warn", "hourglass", t("console.spot.unsent")));
  }

  /** Where the tab keeps nothing, what waits lasts as long as the page. */
  keep() {
    keep(KEPT, this.waiting.size ? Object.fromEntries(this.waiting) : null);
  }

  tell(said) {
    $("#spot-said").replaceChildren(...said.map((sentence) => el("p", { class: "small" }, sentence)));
  }
}

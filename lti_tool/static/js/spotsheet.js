/* The neighbour spot check on the console: three names, seen or not seen, and how far the proof can be trusted. */

import { $, $$, boot, complain, el, icon, post, t } from "./page.js";

export class SpotSheet {
  /** `looked(who, seen)` is called with what the teacher has said. */
  constructor(nameOf, looked) {
    Object.assign(this, { nameOf, looked });
    this.box = $("#spot");
    this.box.addEventListener("click", ({ target }) => {
      const button = target.closest("[data-seen]");
      if (button) this.say(button).catch(complain);
    });
  }

  async open() {
    try {
      const { draw, pupils, said } = await post(boot.spot);
      this.draw = draw;
      $("ul", this.box).replaceChildren(...pupils.map((pupil) => this.row(pupil)));
      this.tell(said);
      this.box.showModal();
    } catch (fault) {
      complain(fault);
    }
  }

  row({ who, proof, seen }) {
    const word = (value, name, text) => el("button", { class: "btn", type: "button", "data-seen": value, "aria-pressed": String(seen === (value === "yes")) }, icon(name, 18), text);
    const buttons = el("span", { class: "row", role: "group", "aria-label": this.nameOf(who) }, word("yes", "check", t("console.spot.seen")), word("no", "cross", t("console.spot.missed")));
    return el("li", { "data-who": who }, el("span", { class: "grow" }, el("b", {}, this.nameOf(who)), el("small", { class: "hint" }, t(`console.spot.proof.${proof}`))), buttons);
  }

  async say(button) {
    const row = button.closest("[data-who]");
    const { said } = await post(`${boot.spot}/${this.draw}`, { who: row.dataset.who, seen: button.dataset.seen === "yes" });
    for (const one of $$("[data-seen]", row)) one.setAttribute("aria-pressed", String(one === button));
    this.looked(row.dataset.who, button.dataset.seen === "yes");
    this.tell(said);
  }

  tell(said) {
    $("#spot-said").replaceChildren(...said.map((sentence) => el("p", { class: "small" }, sentence)));
  }
}

/* Peer assessment on the teacher's console: whose work was given to whom, who has assessed it, and how far they are apart.
   Loaded with the first such activity. In the order of the class's list: nothing here ranks works. */

import { styled } from "./cards.js";
import { $, chip, el, t } from "./page.js";

const EVERY = 2000;

export class Peers {
  /** `does` = {fetch(), name(id), number(id)}. */
  constructor(box, does) {
    styled();
    Object.assign(this, { box, does, seen: "" });
  }

  /** `stamp` changes with every answer. */
  update(asked, stamp, isCovered) {
    this.asked = asked?.peers && !isCovered ? asked : null;
    this.box.hidden = !this.asked;
    if (!this.asked) return;
    const now = `${asked.id}:${asked.round}:${stamp}`;
    if (now !== this.seen && !this.waiting) this.waiting = setTimeout(() => this.look(now), this.seen ? EVERY : 0);
  }

  async look(now) {
    const works = await this.does.fetch().catch(() => null);
    this.waiting = null;
    if (!works) return;
    this.seen = now;
    const open = new Set([...this.box.querySelectorAll("details[open]")].map(({ dataset }) => dataset.of));
    const rows = works.sort((a, b) => this.does.number(a.author) - this.does.number(b.author)).map((one) => this.row(one, open.has(one.author)));
    $("ul", this.box).replaceChildren(...rows);
    $("[data-none]", this.box).hidden = works.length > 0;
    const wanted = works.reduce((sum, { by }) => sum + by.length, 0);
    $("[data-count]", this.box).textContent = `${works.reduce((sum, { by }) => sum + by.filter(([, done]) => done).length, 0)}/${wanted}`;
  }

  /** A group by its number; several at one phone by all their names. */
  whose({ author, also }) {
    const group = /^group:(\d+)$/.exec(author);
    return group ? t("group.name", { n: group[1] }) : [author, ...also].map((id) => this.does.name(id)).join(", ");
  }

  row(work, isOpen) {
    const { author, by, spread } = work;
    const done = by.filter(([, isDone]) => isDone).length;
    const word = t("console.peers.done", { done, n: by.length });
    const kind = by.length > 0 && done === by.length ? ["chip-ok", "check"] : ["", "hourglass"];
    const levels = spread.map(({ criterion, low, high }) => el("span", { class: "chip" }, `${criterion}: ${low === high ? low : `${low}–${high}`}`));
    const people = by.map(([who, isDone]) => {
      const sign = isDone ? chip("", "check", t("console.peers.has")) : chip("", "hourglass", t("console.peers.has_not"));
      return el("li", {}, el("span", { class: "grow" }, this.does.name(who)), sign);
    });
    const list = [el("summary", {}, t("console.peers.who")), el("ul", { class: "rows" }, ...people)];
    const who = by.length > 0 && el("details", { "data-of": author, open: isOpen }, ...list);
    return el("li", { class: "po-card" }, el("p", { class: "row" }, el("b", {}, this.whose(work)), chip(...kind, word), ...levels), who);
  }
}

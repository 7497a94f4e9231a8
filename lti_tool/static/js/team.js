/* The group in whose name a pupil posts: its number, who is in it, and what a classmate of it changed meanwhile. Loaded
   with the first board of groups. */

import { $, el, icon } from "./page.js";

const AGAIN = 4000;

export class Team {
  /** `told()` fetches the members' names. */
  constructor(box, told) {
    Object.assign(this, { box, told, words: JSON.parse(box.dataset.words) });
  }

  /** The name of a group by its number; nothing where the class is not told. */
  of = (number) => number && this.words.yours.replace("{n}", number);

  paint(group) {
    const who = group ? `${group.number}:${group.size}` : "";
    $("h2", this.box).textContent = this.of(group?.number) || this.words.waits;
    if (!group) return $("[data-members]", this.box).replaceChildren();
    if (this.known !== who) this.asking ??= setTimeout(() => this.fetch(who), this.known ? AGAIN * Math.random() : 0);
  }

  /** Once for what is new, and never all phones of a class at the same moment. */
  async fetch(who) {
    const got = await this.told().catch(() => null);
    this.asking = null;
    if (!got?.number) return;
    this.known = who;
    const where = (mode) =>
      mode === "home" ? ` (${this.words.home.toLowerCase()})` : mode ? "" : ` (${this.words.absent})`;
    $("[data-members]", this.box).textContent = got.members
      .map(({ name, mode, me }) => (me ? this.words.me : name) + where(mode))
      .join(", ");
  }

  /** A classmate of the group changed the post that is being edited, or took it back: said once, and nothing typed is
      lost. */
  warn(form, editing, now) {
    const isOther = editing?.server && JSON.stringify(now?.server?.value) !== JSON.stringify(editing.server.value);
    const before = $(".team-news", form);
    if (!isOther) return before?.remove();
    if (!before)
      $(".btn-primary", form).before(
        el("p", { class: "row small team-news", role: "status" }, icon("info", 20), el("span", {}, this.words.changed)),
      );
  }
}

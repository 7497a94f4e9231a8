/* What a class posts, on the teacher's console: what waits first, then the rest. Loaded with the first such activity. */

import { body, styled } from "./cards.js";
import { $, chip, el, icon, t } from "./page.js";
import { ask } from "./windows.js";

const EVERY = 1500;
const CHIPS = { waiting: ["chip-warn", "hourglass"], shown: ["chip-ok", "eye"], hidden: ["", "eye-off"] };

export class Moderation {
  /** `does` = {fetch(), steer(step), name(id), photo(number)}. */
  constructor(box, does) {
    styled();
    Object.assign(this, { box, does, posts: [], seen: "", asked: null });
    box.addEventListener("click", ({ target }) => this.press(target.closest("button[data-to], button[data-mark], button[data-all]")));
  }

  /** Posts are fetched when something changed, once in a while; they never travel with the state. Without names they are
      told when so many pupils have a seat. */
  update(asked, isCovered, seats) {
    this.asked = asked?.wall && !isCovered ? asked : null;
    this.box.hidden = !this.asked;
    if (!this.asked) return;
    const now = `${asked.id}:${asked.round}:${asked.wall.stamp ?? 0}:${asked.naming ? seats : ""}`;
    if (now === this.seen || this.waiting) return;
    this.waiting = setTimeout(() => this.look(now, seats), this.seen ? EVERY : 0);
  }

  async look(now, seats) {
    const posts = await this.does.fetch().catch(() => null);
    this.waiting = null;
    if (posts) [this.posts, this.seen] = [posts, now];
    this.draw();
    if (this.asked) this.update(this.asked, false, seats);
  }

  draw() {
    const waits = this.posts.filter(({ visibility }) => visibility === "waiting");
    const held = document.activeElement?.closest?.("[data-n]")?.dataset.n;
    $("[data-count]", this.box).textContent = this.posts.length;
    const every = t("console.posts.all", { n: waits.length });
    const all = waits.length > 1 && el("button", { class: "btn", type: "button", "data-all": true }, icon("check", 20), every);
    $("[data-do-all]", this.box).replaceChildren(...[all].filter(Boolean));
    $("ul", this.box).replaceChildren(...this.posts.map((post) => this.item(post)));
    $("[data-none]", this.box).hidden = this.posts.length > 0;
    if (held) $(`[data-n="${held}"] button`, this.box)?.focus();
  }

  item(post) {
    const name = post.who ? [post.who, ...(post.editors ?? [])].map((who) => this.does.name(who)).join(" → ") : post.pen || t("console.nobody");
    const facts = [chip(...CHIPS[post.visibility], t(`console.posts.state.${post.visibility}`))];
    if (post.group) facts.push(chip("", "users", t("group.name", { n: post.group })));
    if (post.column) facts.push(chip("chip-board", "board", post.column));
    if (post.on) facts.push(chip("", "message", t("console.posts.on", { n: post.on })));
    else facts.push(chip("", "list", t("console.posts.number", { n: post.n })));
    if (post.late) facts.push(chip("", "clock", t("console.posts.late")));
    if (post.done) facts.push(chip("chip-ok", "check", t("console.posts.done")));
    const said = Object.values(post.reactions ?? {}).reduce((sum, n) => sum + n, 0);
    if (said) facts.push(chip("", "users", t("console.posts.said", { n: said })));
    const address = post.photo && this.does.photo(post.n);
    const thumb = address && el("img", { class: "picture-thumb", src: address, alt: t("console.photo_of", { name }) });
    const photo = thumb && el("a", { href: address, target: "_blank" }, thumb);
    const button = (data, symbol, ...words) => el("button", { class: "btn", type: "button", ...data }, icon(symbol, 20), ...words);
    const to = (visibility, symbol, word) => button({ "data-to": visibility }, symbol, word, el("span", { class: "vh" }, ` ${name}`));
    const buttons = [post.visibility === "shown" ? to("hidden", "eye-off", t("console.posts.hide")) : to("shown", "eye", t("console.posts.show"))];
    if (post.visibility === "waiting") buttons.push(to("hidden", "eye-off", t("console.posts.not")));
    buttons.push(to("removed", "trash", t("console.posts.remove")));
    const mark = t(post.done ? "console.posts.unmark" : "console.posts.mark");
    if (this.asked?.wall.marks && !post.on) buttons.push(button({ "data-mark": String(!post.done) }, "check", mark));
    const rows = [facts, buttons].map((row) => el("p", { class: "row" }, ...row));
    return el("li", { class: "po-card", "data-n": post.n }, el("b", {}, name), el("div", {}, ...body(post), photo), ...rows);
  }

  async press(button) {
    if (!button || !this.asked) return;
    const { id: activity, round } = this.asked;
    const { to, mark, all } = button.dataset;
    const post = this.posts.find(({ n }) => String(n) === button.closest("[data-n]")?.dataset.n);
    if (to === "removed" && !(await ask(t("console.posts.remove_ask"), t("console.posts.remove")))) return;
    if (all !== undefined) {
      const waits = this.posts.filter(({ visibility }) => visibility === "waiting");
      this.does.steer({ action: "moderate", activity, round, posts: waits.map(({ n, edition }) => [n, edition]), to: "shown" });
    } else if (to) this.does.steer({ action: "moderate", activity, round, posts: [[post.n, post.edition]], to });
    else this.does.steer({ action: "mark", activity, round, post: post.n, is_done: mark === "true" });
  }
}

/* Group work on the teacher's console: making groups, what each has handed in and who wrote it, and which one presents.
   Loaded with the first such activity. The order is the groups' own numbers: nothing here ranks them. */

import { body, styled } from "./cards.js";
import { $, boot, chip, complain, el, icon, post, t } from "./page.js";
import { ask } from "./windows.js";

const EVERY = 1500;
const LEVELS = ["", "tot", "kha", "dat", "chua_dat"];
const hour = (at) => new Date(at).toLocaleTimeString("vi-VN", { hour12: false, hour: "2-digit", minute: "2-digit" });

export class Groups {
  /** `does` = {fetch(), steer(step), page, name(id), seat(id), photo(number), round(activity)}. */
  constructor(box, does) {
    styled();
    Object.assign(this, { box, does, told: { groups: [], lms: [] }, seen: "" });
    this.form = $("[data-form]", box);
    this.add = $("[data-add]", box);
    this.form.addEventListener("submit", (event) => (event.preventDefault(), this.draw()));
    this.add.addEventListener("submit", (event) => (event.preventDefault(), this.join()));
    $("[data-lms]", box).addEventListener("click", () => this.steer({ action: "form_groups", groups: this.told.lms.map(({ members }) => members) }));
    $("[data-anew]", box).addEventListener("click", () => this.open(true));
    $("[data-keep]", box).addEventListener("click", () => this.open(false));
    box.addEventListener("click", ({ target }) => this.press(target.closest("button[data-group-act]")));
    box.addEventListener("input", ({ target }) => target.form?.matches("[data-word]") && (target.form.isWritten = true));
    box.addEventListener("submit", (event) => event.target.matches("[data-word]") && (event.preventDefault(), this.say(event.target)));
    box.addEventListener("change", ({ target: { dataset, value } }) => {
      if (dataset.move) this.steer({ action: "move_member", participant: dataset.move, to: Number(value) });
    });
  }

  steer(step) {
    this.open(false);
    this.hasMoved = step.action === "move_member";
    this.does.steer({ activity: this.asked.id, ...step });
  }

  draw() {
    const { size, mixes } = this.form.elements;
    this.steer({ action: "form_groups", draw: Math.random(), size: Number(size.value), mixes: mixes.checked });
  }

  /** A pupil who has no phone here, into the smallest group: the list beside the name moves them on. */
  join() {
    const who = $("select", this.add).value;
    const groups = this.now.groups ?? [];
    const smallest = groups.reduce((least, members, n) => (members.length < groups[least].length ? n : least), 0);
    if (who) this.steer({ action: "move_member", participant: who, to: smallest + 1 });
  }

  open(isAnew) {
    this.isAnew = isAnew;
    if (this.now) this.paint();
  }

  update(asked, now, isCovered) {
    if (asked?.id !== this.asked?.id) this.isAnew = false;
    Object.assign(this, { asked, now, isCovered });
    this.box.hidden = !now || isCovered;
    if (this.box.hidden) return;
    if (this.sized !== asked.id) [this.sized, this.form.elements.size.value] = [asked.id, String(now.size)];
    this.paint();
    const of = `${asked.id}:${asked.round}:${now.stamp}:${(now.groups ?? []).length}`;
    if (of !== this.seen && !this.waiting) this.waiting = setTimeout(() => this.look(of), this.seen ? EVERY : 0);
  }

  async look(of) {
    const told = await this.does.fetch().catch(() => null);
    this.waiting = null;
    if (told) [this.told, this.seen] = [told, of];
    if (this.now) this.update(this.asked, this.now, this.isCovered);
  }

  paint() {
    const groups = this.now.groups ?? [];
    const canForm = this.now.can_form !== false;
    $("[data-count]", this.box).textContent = groups.filter((members) => members.length).length;
    this.form.hidden = !canForm || (groups.length > 0 && !this.isAnew);
    $("[data-anew]", this.box).hidden = !canForm || !groups.length || this.isAnew;
    $("[data-keep]", this.form).hidden = !groups.length;
    const lms = $("[data-lms]", this.box);
    lms.hidden = this.told.lms.length < 2;
    $("span", lms).textContent = t("console.groups.lms", { n: this.told.lms.length });
    const drawn = groups.map((members, n) => (members.length || this.told.groups[n]?.length) && this.group(members, n + 1));
    this.redraw($(".gr-list", this.box), drawn.filter(Boolean));
    this.paintAdd(groups);
  }

  paintAdd(groups) {
    const inside = new Set(groups.flat());
    const others = Object.entries(this.does.page.people).filter(([id]) => !inside.has(id)).sort(([, a], [, b]) => a.number - b.number);
    this.add.hidden = !groups.length || !others.length;
    const select = $("select", this.add);
    const named = others.map(([id, { name, number }]) => el("option", { value: id }, `${number}. ${name}`));
    if (document.activeElement !== select) this.redraw(select, [el("option", { value: "" }, "–"), ...named]);
  }

  group(members, number) {
    const versions = this.told.groups[number - 1] ?? [];
    const stands = versions.find((one) => one.stands);
    const isShown = this.now.presented === number;
    const of = el("span", { class: "vh" }, ` ${t("group.name", { n: number })}`);
    const to = (act, name, word) => {
      const attributes = { class: "btn", type: "button", "data-group-act": act, "data-n": number };
      return el("button", attributes, icon(name, 20), word, of.cloneNode(true));
    };
    const makes = this.now.has_product !== false;
    const acts = !makes ? [] : [isShown ? to("stop", "eye-off", t("console.groups.stop")) : to("present", "board", t("console.groups.present"))];
    if (isShown && this.now.rubric) acts.push(to("rubric", "list", t("console.groups.rubric")));
    return el(
      "li",
      { class: "gr-one", "data-shown": isShown },
      el(
        "p",
        { class: "row" },
        el("b", {}, t("group.name", { n: number })),
        isShown && chip("chip-board", "board", t("console.groups.presents")),
        makes && stands && chip("chip-ok", "check", t("console.groups.handed_in", { time: hour(stands.at) })),
        makes && !stands && chip("", "hourglass", t("console.groups.nothing")),
      ),
      el("ul", { class: "rows gr-members" }, ...members.map((id) => this.member(id, number, versions))),
      stands && this.product(stands),
      versions.length > 1 && this.older(versions, number),
      acts.length > 0 && el("p", { class: "row" }, ...acts),
      isShown && this.word(number),
    );
  }

  product(stands) {
    const by = el("p", { class: "small" }, t("console.groups.by", { name: this.does.name(stands.who) }));
    return el("div", { class: "stack gr-product" }, ...body(stands), stands.photo && this.photo(stands.n), by);
  }

  older(versions, number) {
    const summary = el("summary", {}, t("group.versions", { n: versions.length }));
    return el("details", { "data-older": number }, summary, el("ul", { class: "rows" }, ...versions.map((one) => this.version(one))));
  }

  /** The teacher's word on the group that presents: no mark, and kept for each member. */
  word(number) {
    const said = this.told.words?.[number] ?? {};
    const levels = LEVELS.map((level) => el("option", { value: level, selected: level === (said.level ?? "") }, level ? t(`group.level.${level}`) : "–"));
    return el(
      "form",
      { class: "row", "data-word": number },
      el("label", { class: "field" }, el("span", { class: "label" }, t("group.level")), el("select", { class: "input input-small", name: "level" }, ...levels)),
      el(
        "label",
        { class: "field grow" },
        el("span", { class: "label" }, t("group.remark")),
        el("input", { class: "input", name: "text", value: said.text ?? "", maxlength: "500", autocomplete: "off" }),
      ),
      el("button", { class: "btn" }, t("group.say")),
      el("span", { class: "small", role: "status" }),
    );
  }

  async say(form) {
    const sent = new FormData(form);
    sent.append("activity", this.asked.id);
    sent.append("group", form.dataset.word);
    const status = $("[role=status]", form);
    try {
      await post(boot.judge, sent);
      form.isWritten = false;
      status.replaceChildren(icon("check", 16), t("group.said"));
      this.told.words = { ...this.told.words, [form.dataset.word]: { level: sent.get("level"), text: sent.get("text") } };
    } catch (fault) {
      complain(fault);
    }
  }

  /** One's own share: what this pupil wrote, and whether the own question is answered. */
  member(id, number, versions) {
    const { gauge } = this.does.page;
    const seat = this.does.seat(id);
    const wrote = versions.filter(({ who }) => who === id).length;
    const facts = [];
    if (!seat) facts.push(chip("", "minus", t("group.absent")));
    else if (seat.mode === "home") facts.push(chip("", "home", t("console.at_home")));
    if (wrote) facts.push(chip("", "pencil", t("console.groups.wrote", { n: wrote })));
    if (this.now.has_product !== false && (gauge?.who ?? []).includes(id)) facts.push(chip("chip-ok", "check", t("console.groups.answered")));
    const options = (this.now.groups ?? []).map((_, n) => el("option", { value: n + 1, selected: n + 1 === number }, t("group.name", { n: n + 1 })));
    options.push(el("option", { value: options.length + 1 }, t("console.groups.new")));
    if (!seat) options.push(el("option", { value: 0 }, t("console.groups.out")));
    const moves = el("span", { class: "vh" }, t("console.groups.move", { name: this.does.name(id) }));
    const move = el("label", {}, moves, el("select", { class: "input input-small", "data-move": id }, ...options));
    return el("li", {}, el("span", { class: "grow" }, this.does.name(id)), ...facts, move);
  }

  version(one) {
    const facts = [];
    if (one.stands) facts.push(chip("chip-ok", "check", t("group.now")));
    if (one.unseen && !one.stands) facts.push(chip("chip-warn", "info", t("group.unseen")));
    if (one.late) facts.push(chip("", "clock", t("group.late")));
    if (one.hidden && !one.late) facts.push(chip("", "eye-off", t("group.hidden")));
    const which = { "data-n": one.n, "data-edition": one.edition };
    const button = (to, name, word) => el("button", { class: "btn btn-quiet", type: "button", "data-group-act": to, ...which }, icon(name, 20), word);
    const act = one.hidden ? button("show", "eye", t("console.groups.take")) : button("hide", "eye-off", t("console.groups.hide"));
    const by = el("p", {}, el("b", {}, this.does.name(one.who)), " ", el("span", { class: "small" }, hour(one.at)));
    const said = el("div", {}, ...body(one), one.photo && this.photo(one.n));
    return el("li", { class: "po-card" }, by, said, el("p", { class: "row" }, ...facts, act));
  }

  photo(number) {
    const address = this.does.photo(number);
    return el("a", { href: address, target: "_blank" }, el("img", { class: "picture-thumb", src: address, alt: t("group.photo") }));
  }

  async press(button) {
    if (!button) return;
    const { groupAct: act, n, edition } = button.dataset;
    const { id: activity, round } = this.asked;
    if (act === "present") this.steer({ action: "present", group: Number(n) });
    else if (act === "stop") this.steer({ action: "present", group: null });
    else if (act === "rubric") this.rate();
    else if (act === "show" || (await ask(t("console.groups.hide_ask"), t("console.groups.hide")))) {
      const posts = [[Number(n), Number(edition)]];
      this.does.steer({ action: "moderate", activity, round, posts, to: act === "show" ? "shown" : "hidden" });
    }
  }

  /** The class says what it thinks of the group: its rubric, opened the first time, asked again for each group after. */
  rate() {
    const { rubric } = this.now;
    const round = this.does.round(rubric);
    this.does.steer(round ? { action: "reask", activity: rubric, round } : { action: "open", activity: rubric });
  }

  /** A remark that is written and not yet saved stays. */
  putBack(form, written) {
    if (!form) return;
    form.isWritten = true;
    for (const name of ["level", "text"]) form.elements[name].value = written.elements[name].value;
  }

  /** Puts rows in a list only when they changed; a menu that is open stays so. */
  redraw(list, rows) {
    const html = rows.map((row) => row.outerHTML).join("");
    const isChoosing = list.contains(document.activeElement?.closest?.("select, [data-word]")) && !this.hasMoved;
    if (list.drawn === html || isChoosing) return;
    list.drawn = html;
    this.hasMoved = false;
    const open = new Set([...list.querySelectorAll("details[open]")].map(({ dataset }) => dataset.older));
    const held = list.contains(document.activeElement) ? { ...document.activeElement.dataset } : null;
    const written = [...list.querySelectorAll("form[data-word]")].filter(({ isWritten }) => isWritten);
    list.replaceChildren(...rows);
    for (const form of written) this.putBack(list.querySelector(`form[data-word="${form.dataset.word}"]`), form);
    for (const older of list.querySelectorAll("details")) older.open = open.has(older.dataset.older);
    if (held?.move) list.querySelector(`[data-move="${CSS.escape(held.move)}"]`)?.focus();
    if (held?.groupAct) (list.querySelector(`[data-group-act="${held.groupAct}"][data-n="${held.n}"]`) ?? list.querySelector(`[data-n="${held.n}"]`))?.focus();
  }
}

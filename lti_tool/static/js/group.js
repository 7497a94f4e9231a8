/* Group work on a pupil's phone: the group's one product, who wrote what stands, and every earlier version. Loaded with
   the first such activity. Nobody's text is lost: what a classmate saved meanwhile is named, and stays below. */

import { body, styled } from "./cards.js";
import { PhotoBox } from "./form.js";
import { $, boot, chip, clock, el, icon, t } from "./page.js";

const AGAIN = 4000;
const fill = (text, values) => text.replace(/\{(\w+)\}/g, (_, name) => values[name] ?? "");

class Work {
  constructor(root, does) {
    Object.assign(this, { does, base: 0, isDirty: false, members: [], versions: [] });
    this.box = $("[data-group]", root);
    this.words = JSON.parse(this.box.dataset.words);
    this.form = $("[data-product]", this.box);
    this.text = $("[data-part=text]", this.form);
    this.link = $("[data-part=link]", this.form);
    this.shown = $("[data-presented]", root);
    this.older = $("details", this.box);
    this.form.noValidate = true;
    this.form.addEventListener("submit", (event) => (event.preventDefault(), this.save()));
    this.form.addEventListener("input", () => this.touch());
    this.form.addEventListener("change", ({ target }) => target.type === "file" && this.take(target));
    this.form.addEventListener("click", ({ target }) => target.closest("[data-picture] .btn-quiet") && this.touch());
    this.photo = new PhotoBox($("[data-picture]", this.form), () => this.isOpen);
    this.form.held = { get: () => this.base, put: (base) => (this.base = base) };
    this.box.addEventListener("click", ({ target }) => this.press(target.closest("button[data-act]")));
    this.older.addEventListener("toggle", () => this.older.open && this.fetch());
  }

  word = (key, values = {}) => fill(this.words[key], values);

  touch() {
    this.isDirty = true;
    if (this.group) this.paintForm();
  }

  async take(input) {
    await this.photo.take(input, (text) => this.fault(text));
    this.touch();
  }

  save() {
    if (!this.isOpen) return;
    const value = { text: this.text.value.normalize("NFC").trim() };
    const link = this.link.value.normalize("NFC").trim();
    const { photo } = this.photo;
    if (link) value.link = link;
    if (photo) value.photo = photo.id;
    const isBadLink = link && !/^\S+\.\S+$/.test(link);
    const isEmpty = !value.text && !link && !photo;
    this.fault(isBadLink ? t("posts.bad_link") : isEmpty ? t("phone.write_first") : "");
    if (isBadLink || isEmpty) return (isBadLink ? this.link : this.text).focus();
    this.isDirty = false;
    const isKept = Boolean(photo) && !photo.isNew && photo.id === this.group?.value?.photo;
    this.does.post(value, isKept ? null : photo?.blob, { group: this.group.number, on: this.base, photoSent: isKept });
  }

  fault(text) {
    $(".error", this.form)?.remove();
    this.text.toggleAttribute("aria-invalid", Boolean(text));
    if (text)
      $(".btn-primary", this.form).before(
        el("p", { class: "error", role: "alert" }, icon("warning"), el("span", {}, text)),
      );
  }

  press(button) {
    if (!button) return;
    if (button.dataset.act === "take") this.merge();
    else this.bring(this.versions.find(({ n }) => String(n) === button.dataset.n));
  }

  /** A classmate's newer text goes below one's own: nothing of either is lost. */
  merge() {
    this.text.value = [this.text.value.trim(), this.group.value?.text].filter(Boolean).join("\n\n");
    this.link.value ||= this.group.value?.link ?? "";
    this.base = this.group.n;
    this.touch();
    this.text.focus();
  }

  /** An earlier version back into the form; it stands again when it is saved. */
  bring(version) {
    if (!version) return;
    this.text.value = version.text;
    this.link.value = version.link ?? "";
    this.base = this.group.n;
    this.touch();
    this.text.focus();
  }

  // --- showing ----------------------------------------------------------------------------------------------------

  paint({ presented, group, rows, isOpen }) {
    Object.assign(this, { group, isOpen });
    this.waiting = rows.filter(({ state }) => state === "waiting").pop();
    this.parked = rows.at(-1)?.state === "parked" ? rows.at(-1) : null;
    $("#gw-title").textContent = group ? this.word("yours", { n: group.number }) : this.word("waits");
    this.form.hidden = !group;
    this.older.hidden = !group?.versions;
    this.paintPresented(presented);
    if (!group) return;
    if (!this.isDirty) this.put();
    this.paintForm();
    const who = `${group.number}:${group.size}:${group.n}:${group.versions}`;
    if (this.known !== who) this.later(who);
    this.paintMembers();
  }

  /** What stands, or what waits here, in the form. What somebody is writing is left alone. */
  put() {
    const { value, on } = this.waiting ?? { value: this.group.value, on: this.group.n };
    if (!this.waiting && this.base === this.group.n && this.filled) return;
    this.filled = true;
    this.base = this.waiting ? on : this.group.n;
    this.text.value = value?.text ?? "";
    this.link.value = value?.link ?? "";
    if ((this.photo.photo?.id ?? null) !== (value?.photo ?? null)) this.putPhoto(value?.photo);
  }

  async putPhoto(id) {
    this.photo.show(null);
    const blob = id && ((await this.does.ownPhoto(id)) ?? (await this.does.photo(this.group.n).catch(() => null)));
    if (blob && !this.isDirty) this.photo.show({ id, blob });
  }

  paintForm() {
    const { group } = this;
    this.text.readOnly = this.link.readOnly = !this.isOpen;
    if (this.photo.box) $(".row", this.photo.box).hidden = !this.isOpen;
    const button = $(".btn-primary", this.form);
    button.hidden = !this.isOpen;
    button.textContent = this.word(group.n ? "again" : "save");
    $("[data-stands]", this.form).replaceChildren(this.standing());
    this.paintNews();
  }

  /** Whose version stands, or what became of the one that was written here. */
  standing() {
    const { group, waiting, parked } = this;
    if (waiting && this.does.isSlow(waiting)) return chip("chip-warn", "wifi-off", t("phone.unsent"));
    if (waiting) return chip("", "clock", t("phone.sending"));
    if (parked) return chip("chip-bad", "warning", t(`posts.parked.${parked.code}`));
    if (!group.n) return this.word("none");
    const time = clock(group.at);
    const said = group.is_own ? this.word("mine", { time }) : this.word("stands", { name: this.nameOf(group.n), time });
    return chip("chip-ok", "check", said);
  }

  paintNews() {
    const { group } = this;
    const isNewer = this.isDirty && this.isOpen && group.n && group.n !== this.base;
    const said = isNewer ? `newer:${group.n}:${this.nameOf(group.n)}` : group.overlooked ? `overlooked:${group.n}` : "";
    const box = $("[data-news]", this.form);
    if (box.dataset.said === said) return;
    box.dataset.said = said;
    box.replaceChildren();
    if (!said) return;
    const news = el("div", { class: "stack" }, ...(isNewer ? this.newer() : [el("p", {}, this.word("overlooked"))]));
    box.append(el("div", { class: "banner banner-info" }, icon("info"), news));
  }

  /** What a classmate saved meanwhile, and how to have it too. */
  newer() {
    const { group } = this;
    const told = this.word("newer", { name: this.nameOf(group.n), time: clock(group.at) });
    const button = { class: "btn", type: "button", "data-act": "take" };
    return [el("p", {}, told), el("button", button, icon("plus", 20), this.word("take"))];
  }

  nameOf(number) {
    return this.versions.find(({ n }) => n === number)?.name || this.words.somebody;
  }

  paintMembers() {
    const { words } = this;
    const where = (mode) => (mode === "home" ? ` (${words.home.toLowerCase()})` : mode ? "" : ` (${words.absent})`);
    const names = this.members.map(({ name, mode, me }) => (me ? words.me : name) + where(mode));
    $("[data-members]", this.box).textContent = names.join(", ");
  }

  paintPresented(presented) {
    const said = JSON.stringify(presented ?? null);
    if (this.shown.said === said) return;
    this.shown.said = said;
    this.shown.hidden = !presented;
    if (!presented) return;
    styled();
    const isOurs = presented.group === this.group?.number;
    const { value } = presented;
    const picture = value?.photo && el("div");
    this.shown.replaceChildren(
      el("h2", { class: "label" }, this.word("presents", { n: presented.group })),
      ...(isOurs ? [el("p", { class: "row" }, chip("", "users", this.words.ours))] : []),
      ...(value ? body(value) : [el("p", { class: "small" }, this.words.nothing)]),
      ...[picture].filter(Boolean),
    );
    if (!picture) return;
    const put = (blob) => picture.append(this.picture(blob));
    this.does.photo(presented.n).then(put, () => {});
  }

  picture = (blob) => el("img", { class: "picture", src: URL.createObjectURL(blob), alt: this.words.photo });

  // --- names and earlier versions ------------------------------------------------------------------------------------

  /** Once for what is new, and never all phones of a class at the same moment. */
  later(who) {
    if (this.asking) return;
    this.asking = setTimeout(() => this.fetch(who), this.known ? AGAIN * Math.random() : 0);
  }

  async fetch(who = this.known) {
    const got = await this.does.told().catch(() => null);
    this.asking = null;
    if (!got?.number) return;
    Object.assign(this, { members: got.members, versions: got.versions, known: who });
    this.paintMembers();
    this.paintForm();
    if (got.versions.length) styled();
    $("summary span", this.older).textContent = this.word("versions", { n: got.versions.length });
    $("ul", this.older).replaceChildren(...got.versions.map((one) => this.version(one)));
  }

  version(one) {
    const facts = [];
    if (one.stands) facts.push(chip("chip-ok", "check", this.words.now));
    if (one.unseen && !one.stands) facts.push(chip("chip-warn", "info", this.words.unseen));
    if (one.late) facts.push(chip("", "clock", this.words.late));
    if (one.hidden && !one.late) facts.push(chip("", "eye-off", this.words.hidden));
    if (one.photo) facts.push(chip("", "image", this.words.photo));
    const who = one.mine ? this.words.me : one.name;
    const bring = { class: "btn btn-quiet", type: "button", "data-act": "back", "data-n": one.n };
    return el(
      "li",
      { class: "card po-card" },
      el("p", {}, el("b", {}, who), " ", el("span", { class: "small" }, clock(one.at))),
      ...body(one),
      facts.length > 0 && el("p", { class: "row" }, ...facts),
      this.isOpen && !one.stands && el("button", bring, icon("undo", 20), this.words.back),
    );
  }
}

/** The group work of this activity as a function that paints it. `phone` is what the page has and does. */
export function opened(root, { id, round }, { live, outbox, ...does }) {
  const get = async (rest) => {
    const headers = { Authorization: `Bearer ${live.ticket}` };
    const got = await fetch(`${boot.posts}/${id}/${round}${rest}`, { headers, credentials: "omit" });
    if (!got.ok) throw new Error(String(got.status));
    return got;
  };
  const work = new Work(root, {
    ...does,
    told: () => get("/group").then((got) => got.json()),
    photo: (n) => get(`/${n}/photo`).then((got) => got.blob()),
  });
  const rows = () => outbox.of(id, round).filter(({ group }) => group);
  return ({ presented }, me, isOpen) => work.paint({ presented, group: me?.group, rows: rows(), isOpen });
}

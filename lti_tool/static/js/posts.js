/* An activity in which a pupil posts several times: one's own posts, and what the class may see. Loaded with the first
   such activity. */

import { body, styled } from "./cards.js";
import { PhotoBox } from "./form.js";
import { uuid7 } from "./ids.js";
import { $, $$, boot, chip, el, icon, t } from "./page.js";
import { draftsOf } from "./store.js";

const AGAIN = 4000;
const ICONS = { up: "chevron-up", like: "check", idea: "bulb" };
const STATES = { waiting: "hourglass", shown: "eye", hidden: "eye-off", removed: "trash" };

export class Wall {
  /** `does` = {post(value, blob, {post, on, photoSent}), react(n, what), pages(query), photo(n), ownPhoto(id),
      isSlow(row)}. */
  constructor(root, does) {
    styled();
    Object.assign(this, { does, names: {}, more: [], spoken: new Map(), nodes: new Map(), column: "", editing: null });
    this.form = $("form[data-posts]", root);
    this.own = $("[data-own]", root);
    this.wall = $("[data-wall]", root);
    this.reactions = this.form.dataset.reactions.split(" ").filter(Boolean);
    this.sendWord = $(".btn-primary", this.form).textContent;
    this.known = new Set(does.saved);
    this.box = $("[data-team]", root);
    if (this.box)
      import("./team.js")
        .then(({ Team }) => ((this.team = new Team(this.box, does.told)), this.page && this.paint(this)))
        .catch(() => {});
    this.form.noValidate = true;
    this.form.addEventListener("submit", (event) => (event.preventDefault(), this.send()));
    this.form.addEventListener(
      "change",
      ({ target }) => target.type === "file" && this.photo.take(target, (text) => this.fault(text)),
    );
    this.photo = new PhotoBox($("[data-photo]", root), () => this.isOpen);
    this.form.held = {
      get: () => this.editing && { id: this.editing.id, value: this.editing.value },
      put: (one) => ((this.editing = one), this.page && this.paintForm()),
    };
    $("[data-cancel]", root).addEventListener("click", () => this.clear());
    this.own.addEventListener("click", ({ target }) => this.pressOwn(target.closest("button")));
    this.wall.addEventListener("click", ({ target }) => this.press(target.closest("button")));
    this.wall.addEventListener("submit", (event) => (event.preventDefault(), this.comment(event.target)));
    this.wall.addEventListener("toggle", ({ target }) => target.open && this.listen(target.closest("li")), true);
  }

  // --- writing ----------------------------------------------------------------------------------------------------

  send() {
    if (!this.isOpen) return;
    const filled = [...new FormData(this.form)].map(([name, value]) => [name, value.normalize("NFC").trim()]);
    const value = { text: "", ...Object.fromEntries(filled.filter(([, text]) => text)) };
    const photo = this.photo.photo;
    if (photo) value.photo = photo.id;
    const isBadLink = value.link && !/^\S+\.\S+$/.test(value.link);
    const isEmpty = !value.text && !value.link && !photo;
    this.fault(isBadLink ? t("posts.bad_link") : isEmpty ? t("phone.write_first") : "");
    if (isBadLink || isEmpty) return $(isBadLink ? "[name=link]" : "textarea", this.form).focus();
    const isKept = Boolean(photo) && this.editing?.value.photo === photo.id;
    this.does.post(value, isKept ? null : photo?.blob, { post: this.editing?.id ?? uuid7(), photoSent: isKept });
    this.clear();
  }

  clear() {
    this.editing = null;
    this.team?.warn(this.form, null);
    for (const field of $$("textarea, input:not([type=radio]):not([type=file])", this.form)) field.value = "";
    this.photo.show(null);
    this.fault("");
    this.paintForm();
    this.form.dispatchEvent(new Event("input"));
  }

  async edit(one) {
    this.editing = one;
    for (const field of $$("textarea, input", this.form)) {
      if (field.type === "radio") field.checked = field.value === one.value[field.name];
      else if (field.type !== "file") field.value = one.value[field.name] ?? "";
    }
    this.photo.show(null);
    this.paintForm();
    $("textarea", this.form).focus();
    const blob = one.value.photo && ((await this.does.ownPhoto(one.value.photo)) ?? (await this.photoOfTeam(one)));
    if (blob && this.editing === one) this.photo.show({ id: one.value.photo, blob });
  }

  /** A classmate of the group took it: this phone has it only from the server. */
  photoOfTeam({ server }) {
    return this.box && server && this.does.photo(server.n).catch(() => null);
  }

  paintForm() {
    this.form.hidden = !this.isOpen || Boolean(this.box && !this.me?.group);
    $(".btn-primary", this.form).textContent = this.editing ? t("posts.save") : this.sendWord;
    $("[data-cancel]", this.form).hidden = !this.editing;
  }

  fault(text) {
    $(".error", this.form)?.remove();
    $("textarea", this.form).toggleAttribute("aria-invalid", Boolean(text));
    if (text)
      $(".btn-primary", this.form).before(
        el("p", { class: "error", role: "alert" }, icon("warning"), el("span", {}, text)),
      );
  }

  pressOwn(button) {
    const one = button && this.mine.find(({ id }) => id === button.closest("li").dataset.id);
    if (!one) return;
    if (button.dataset.own === "edit") return this.edit(one);
    if (this.editing?.id === one.id) this.clear();
    this.does.post(null, null, { post: one.id, on: one.on });
  }

  comment(form) {
    const text = $("input", form).value.normalize("NFC").trim();
    if (!this.isOpen) return;
    if (!text) return $("input", form).focus();
    this.does.post({ text }, null, { post: uuid7(), on: Number(form.closest("li").dataset.n) });
    form.reset();
  }

  // --- showing ----------------------------------------------------------------------------------------------------

  /** `rows` are this round's of the outbox, the oldest first. */
  paint({ page, me, said, rows, isOpen }) {
    Object.assign(this, { page, me, said, rows, isOpen });
    this.paintForm();
    this.team?.paint(me.group);
    for (const { id } of me.posts ?? []) this.known.add(id);
    this.mine = merged(me.posts ?? [], rows, this.known);
    const edited = this.editing && this.mine.find(({ id }) => id === this.editing.id);
    if (this.editing) this.team?.warn(this.form, this.editing, edited);
    this.own.hidden = !this.mine.length;
    redraw($("ul", this.own), this.mine.map((one) => this.ownItem(one)));
    this.paintWall();
    if (this.more.length) this.later("again", () => this.further(true));
    if (this.does.begun.size) this.later("seeking", () => this.seek());
    if (this.form.hasAttribute("data-names") && (page.cards ?? []).some(({ n }) => this.names[n] === undefined))
      this.later("naming", () => this.does.pages({ skip: 0 }).then((got) => this.know(got)));
  }

  /** Once in a while, and never all phones of a class at the same moment. */
  later(name, act) {
    this[name] ??= setTimeout(() => {
      this[name] = null;
      act()?.catch?.(() => {});
    }, AGAIN * (0.5 + Math.random()));
  }

  /** What the class is shown of it. */
  seenBy({ visibility }) {
    return chip(visibility === "shown" ? "chip-ok" : "", STATES[visibility], t(`posts.state.${visibility}`));
  }

  underWay(row) {
    if (row.value === null) return chip("", "undo", t("posts.withdrawing"));
    if (this.does.isSlow(row)) return chip("chip-warn", "wifi-off", t("phone.unsent"));
    return chip("", "clock", t("phone.sending"));
  }

  ownItem(one) {
    const { row, server, value } = one;
    const facts = [];
    if (row?.state === "parked") facts.push(chip("chip-bad", "warning", t(`posts.parked.${row.code}`)));
    else if (row?.state === "waiting") facts.push(this.underWay(row));
    else if (server) facts.push(this.seenBy(server));
    else facts.push(chip("chip-ok", "check", t("posts.state.sent")));
    if (server?.is_late || row?.outcome === "late") facts.push(chip("", "clock", t("posts.late")));
    if (server?.is_done) facts.push(chip("chip-ok", "check", t("posts.answered")));
    if (one.on) facts.unshift(chip("", "message", t("posts.comment")));
    if (value?.photo) facts.unshift(chip("", "image", t("posts.photo")));
    const isGone = server?.visibility === "removed" || row?.value === null;
    const small = (act, name, word) =>
      el("button", { class: "btn btn-quiet", type: "button", "data-own": act }, icon(name, 20), word);
    const buttons = isGone
      ? []
      : [
          this.isOpen && !one.on && small("edit", "pencil", t("posts.edit")),
          small("withdraw", "undo", t("posts.withdraw")),
        ];
    return el(
      "li",
      { class: "card po-card", "data-id": one.id },
      ...(value ? body(value) : []),
      el("p", { class: "row" }, ...facts),
      buttons.length > 0 && el("p", { class: "row" }, ...buttons),
    );
  }

  get listed() {
    const fresh = (this.page.cards ?? []).filter(({ value }) => !this.column || value.column === this.column);
    const known = new Set(fresh.map(({ n }) => n));
    return [...fresh, ...this.more.filter(({ n }) => !known.has(n))];
  }

  /** Behind what is listed, posts below which something unsent stands. */
  get shown() {
    const { listed } = this;
    const begun = [...this.does.begun]
      .map((n) => this.nodes.get(n)?.card)
      .filter((card) => card && (!this.column || card.value.column === this.column));
    return [...listed, ...begun.filter((card) => !listed.some(({ n }) => n === card.n))];
  }

  /** Are those that stand on no page here still for the class to see? */
  async seek() {
    const away = [...this.does.begun].filter((n) => !this.listed.some((card) => card.n === n));
    for (const n of away) {
      const { cards, names } = await this.does.pages({ n });
      Object.assign(this.names, names);
      if (cards[0]) this.item(cards[0]);
      else if (this.nodes.has(n)) this.nodes.get(n).card = null;
    }
    if (away.length) this.paintWall();
  }

  paintWall() {
    const { total = 0, columns = {} } = this.page;
    const cards = this.shown;
    $("[data-total]", this.wall).textContent = total;
    $("[data-none]", this.wall).hidden = cards.length > 0;
    $("[data-further]", this.wall).hidden = this.listed.length >= (this.column ? (columns[this.column] ?? 0) : total);
    for (const tab of $$("[data-column]", this.wall))
      tab.setAttribute("aria-pressed", String(tab.dataset.column === this.column));
    const own = new Set((this.me.posts ?? []).map(({ n }) => n));
    const items = cards.map((card) => this.item(card, own.has(card.n)));
    const list = $("ul", this.wall);
    const held = list.contains(document.activeElement) && document.activeElement;
    items.forEach(
      (item, place) => list.children[place] !== item && list.insertBefore(item, list.children[place] ?? null),
    );
    [...list.children].slice(items.length).forEach((item) => item.remove());
    if (held.isConnected) held.focus({ preventScroll: true }); // whoever types goes on, wherever their post has moved
  }

  /** A card keeps its element while it stands: what somebody types below it is left alone. */
  item(card, isOwn) {
    let item = this.nodes.get(card.n);
    if (!item) {
      item = el(
        "li",
        { class: "card po-card", "data-n": card.n },
        el("div", { class: "po-body" }),
        el("div", { class: "row po-acts" }),
      );
      if (this.form.hasAttribute("data-comments")) item.append(this.talk(card.n));
      this.nodes.set(card.n, item);
    }
    item.card = card;
    const facts = [];
    if (this.names[card.n]) facts.push(el("b", {}, this.names[card.n]));
    const team = this.team?.of(card.group);
    if (team) facts.push(el("b", {}, team));
    if (isOwn) facts.push(this.team ? chip("", "users", this.team.words.ours) : chip("", "pencil", t("posts.yours")));
    if (card.is_done) facts.push(chip("chip-ok", "check", t("posts.answered")));
    const line = facts.length > 0 && el("p", { class: "row" }, ...facts);
    draw($(".po-body", item), [line, ...body(card.value), item.photo, this.photoButton(item)]);
    draw($(".po-acts", item), this.reactions.map((what) => this.reaction(card, what, isOwn)));
    this.paintTalk(item);
    return item;
  }

  photoButton({ card, photo }) {
    if (!card.value.photo || photo) return null;
    const button = { class: "btn", type: "button", "data-photo-of": card.n };
    return el("button", button, icon("image", 20), t("posts.see_photo"));
  }

  paintTalk(item) {
    const { comments } = item.card;
    if (item.comments !== comments) {
      item.comments = comments;
      const talk = $("details", item);
      if (talk) $("summary span", talk).textContent = t("posts.comments", { n: comments ?? 0 });
      if (talk?.open) this.listen(item);
    }
    this.allowTalk($("form", item));
  }

  reaction(card, what, isOwn) {
    const count = card.reactions?.[what] ?? 0;
    const words = [icon(ICONS[what], 20), t(`posts.reaction.${what}`), count > 0 && el("b", {}, String(count))];
    if (isOwn || !this.isOpen) return count > 0 && el("span", { class: "chip" }, ...words);
    const isOn = this.said[card.n] === what;
    const unsent = isOn && this.does.isUnsent(card.n) && el("small", {}, t("phone.unsent"));
    const button = { class: "btn", type: "button", "data-what": what, "aria-pressed": String(isOn) };
    return el("button", button, ...words, unsent);
  }

  talk(n) {
    const says = { maxlength: "280", "aria-label": t("posts.your_comment"), autocomplete: "off" };
    const oninput = () => (this.does.begun.add(n), this.allowTalk(form));
    const send = el("button", { class: "btn" }, t("posts.send"));
    const field = el("input", { class: "input", ...says });
    const form = el("form", { class: "po-say", "data-say": n, oninput }, field, send);
    return el(
      "details",
      { class: "po-talk" },
      el("summary", { class: "btn btn-quiet" }, icon("message", 20), el("span", {}, t("posts.comments", { n: 0 }))),
      el("ul", { class: "rows" }),
      form,
    );
  }

  /** What came too late stays in sight. */
  allowTalk(form) {
    if (!form) return;
    form.hidden = !this.isOpen && !$("input", form).value;
    $("button", form).hidden = !this.isOpen;
  }

  async listen(item) {
    const got = await this.does.pages({ on: item.dataset.n }).catch(() => null);
    if (!got) return;
    Object.assign(this.names, got.names);
    const said = got.cards.map(({ n, value, group }) => {
      const name = got.names[n] ?? this.team?.of(group);
      return el("li", {}, el("span", {}, name && el("b", {}, `${name} `), value.text));
    });
    $("details > ul", item).replaceChildren(...said);
  }

  press(button) {
    if (!button) return;
    const { what, column, photoOf } = button.dataset;
    const number = Number(button.closest("li")?.dataset.n);
    if (what) this.does.react(number, this.said[number] === what ? null : what);
    else if (photoOf) this.see(button.closest("li"), photoOf);
    else if (column !== undefined) [this.column, this.more] = [column, []], this.paintWall();
    else if (button.hasAttribute("data-further")) this.further(false).catch(() => {});
  }

  async see(item, number) {
    const blob = await this.does.photo(number).catch(() => null);
    if (!blob) return;
    item.photo = el("img", { class: "picture", src: URL.createObjectURL(blob), alt: t("posts.photo_of") });
    this.paintWall();
  }

  /** The next page; what the first page shows no more is asked for anew, so that what a teacher took away goes. */
  async further(isAnew) {
    const skip = this.listed.length - (isAnew ? this.more.length : 0);
    const got = await this.does.pages({ column: this.column, skip });
    if (isAnew) this.more = [];
    this.know(got);
  }

  know({ cards, names }) {
    Object.assign(this.names, names);
    for (const { n } of cards) this.names[n] ??= ""; // asked for once: of a name that nobody vouched for there is none
    const known = new Set(this.listed.map(({ n }) => n));
    this.more.push(...cards.filter(({ n }) => !known.has(n)));
    this.paintWall();
  }
}

/** The wall of this activity as a function that paints it. `phone` is what the page has and does. */
export function opened(root, { id, round }, { live, signals, outbox, ...does }) {
  const address = `${boot.posts}/${id}/${round}`;
  const get = async (rest) => {
    const headers = { Authorization: `Bearer ${live.ticket}` };
    const got = await fetch(address + rest, { headers, credentials: "omit" });
    if (!got.ok) throw new Error(String(got.status));
    return got;
  };
  const below = `${draftsOf(outbox.owner, `${id}:${round}`)}on:`;
  const begun = new Set();
  // A vote counts: unlike a hand it outlives a reload. Sent twice, it is one.
  const [{ store, owner }, kept] = [outbox, `votes:${outbox.owner}`];
  const votes = () => [...signals.asked.values()].filter(({ action }) => action === "react");
  const keep = () => store.put("last", { id: kept, owner, frames: votes() }).catch(() => {});
  const isHere = (frame) => frame.activity === id && frame.round === round;
  store.get("last", kept).then(
    (found) => (found?.frames ?? []).filter(isHere).forEach((frame) => signals.again(frame)),
    () => {},
  );
  const wall = new Wall(root, {
    ...does,
    begun,
    react: (post, what) => (signals.ask({ action: "react", activity: id, round, post, what }), keep()),
    isUnsent: (number) => does.isSlow({ sentAt: Date.now() }) && votes().some(({ post }) => post === number),
    saved: outbox.of(id, round).filter(({ state }) => state === "saved").map(({ post }) => post),
    told: () => get("/group").then((got) => got.json()),
    pages: (query) => get(`?${new URLSearchParams(query)}`).then((got) => got.json()),
    photo: (post) => get(`/${post}/photo`).then((got) => got.blob()),
  });
  store
    .all("last")
    .then((rows) => {
      for (const row of rows) if (row.id.startsWith(below)) begun.add(Number(row.id.slice(below.length)));
      return wall.seek();
    })
    .catch(() => {});
  return (activity, me, isOpen) =>
    wall.paint({ page: activity.wall, me: me ?? {}, said: signals.said, rows: outbox.of(id, round), isOpen });
}

/** What the server holds, and what this phone has said since. */
function merged(posts, rows, known) {
  const held = (server) => [server.id, { id: server.id, on: server.on, value: server.value, server }];
  const all = new Map(posts.map(held));
  const last = new Map(rows.map((row) => [row.post, row]));
  for (const [id, row] of last) {
    const one = all.get(id) ?? { id, on: row.on, value: null };
    const isTold = row.state === "saved" && one.server && one.server.at >= row.composed_at - 1000;
    if (isTold) continue;
    if (row.state === "saved" && (row.value === null || (known.has(id) && !one.server))) all.delete(id);
    else if (row.value !== null || one.server) all.set(id, { ...one, row, value: row.value ?? one.value });
  }
  return [...all.values()];
}

/** Puts elements in a box only when they are others than those that stand there. */
function draw(box, parts) {
  const nodes = parts.filter(Boolean);
  const html = nodes.map((node) => node.outerHTML).join("");
  if (box.drawn === html) return;
  box.drawn = html;
  const held = box.contains(document.activeElement) ? document.activeElement.dataset : null;
  box.replaceChildren(...nodes);
  if (held?.what) $(`[data-what="${held.what}"]`, box)?.focus();
}

const redraw = (list, items) => draw(list, items);

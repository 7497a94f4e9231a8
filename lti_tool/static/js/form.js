/* An activity's form on the phone. The form is the contract: its controls are the answer, as JSON.

   data-answer="one"     buttons, one pressed: the button's value, sent at the tap
   data-answer="many"    buttons, several pressed: a list, sent shortly after the last tap
   data-answer="fields"  radio groups: an object by group name, sent at each choice
   data-answer="form"    fields, choices and a send button: an object of what is filled in, by name
   data-answer="order"   rows with a place each: the list of their names, sent shortly after the last move, or at the button
   Where answers are counted, [data-attempts], many and fields come with a button, [data-send] (picks.js), and order waits for its own.
   data-answer="text"    one field and a send button: its text; with a photo or a drawing beside it {text, photo} */

import { uuid7 } from "./ids.js";
import { $, $$, allow, chip, el, icon, t } from "./page.js";

const SETTLE = 700;

/** The place for a picture in a form; one that has none holds none. */
export class PhotoBox {
  constructor(box, isOpen) {
    Object.assign(this, { box, isOpen, photo: null });
    if (!box) return;
    $(".btn-quiet", box).addEventListener("click", () => this.choose(null));
    box.held = { get: () => this.photo, put: (photo) => this.show(photo) };
  }

  /** The camera's picture is made small at once; it goes with the answer. `fault` is told what is wrong with it. */
  async take(input, fault) {
    const [file] = input.files;
    input.value = "";
    if (!file || !this.isOpen()) return;
    try {
      const { shrink } = await import("./photo.js");
      this.choose({ id: uuid7(), blob: await shrink(file) });
      fault("");
    } catch {
      fault(t("phone.photo_unreadable"));
    }
  }

  /** What the pupil does is told to whoever keeps drafts. */
  choose(photo) {
    this.show(photo);
    this.box.dispatchEvent(new Event("input", { bubbles: true }));
  }

  /** `photo` = {id, blob} or null. */
  show(photo) {
    this.photo = photo;
    if (!this.box) return;
    const picture = $("img", this.box);
    if (picture.src) URL.revokeObjectURL(picture.src);
    picture.hidden = !photo;
    if (photo) picture.src = URL.createObjectURL(photo.blob);
    else picture.removeAttribute("src");
    $(".btn-quiet", this.box).hidden = !photo || !this.isOpen();
  }
}

export class AnswerForm {
  constructor(root, answer) {
    this.root = root;
    this.form = $("form[data-answer]:not([data-posts])", root); // posts.js has its own
    this.kind = this.form?.dataset.answer ?? "posts";
    this.answer = answer;
    this.isOpen = this.isTyped = false;
    if (this.form) this.form.noValidate = true; // our own words
    this.form?.addEventListener("input", () => (this.isTyped = true)); // or brought back, and not sent yet
    root.onsubmit = (event) => event.preventDefault();
    this.form?.addEventListener("submit", () => {
      if (this.kind === "order") this.sendOrder();
      else if (this.kind === "form") this.sendForm();
      else this.sendText();
    });
    this.form?.addEventListener("click", (event) => this.tap(event.target.closest("button.answer")));
    this.form?.addEventListener("change", (event) => this.choose(event.target));
    this.isCounted = Boolean($("[data-attempts]", root));
    this.sends = this.form && $("[data-send]", root);
    if (this.sends)
      import("./picks.js")
        .then(({ Picks }) => ((this.picks = new Picks(this)), this.paint(this.painting)))
        .catch(() => {});
    if (this.form?.dataset.arrange)
      import("./arrange.js")
        .then(({ arrange }) => arrange(this.form, (row, target) => this.move(row, this.rows.indexOf(target))))
        .catch(() => {});
    this.photos = new PhotoBox(this.form && $("[data-photo]", root), () => this.isOpen);
    this.drawBox = this.form && $("[data-draw]", root);
    if (this.drawBox)
      this.drawing = import("./draw.js").then(({ Drawing }) => this.startDrawing(Drawing)).catch(() => {});
  }

  get photo() {
    return this.photos.photo;
  }

  get buttons() {
    return $$("button.answer", this.form);
  }

  get pressed() {
    return this.buttons.filter((b) => b.getAttribute("aria-pressed") === "true").map((b) => b.value);
  }

  get rows() {
    return $$("[data-field]", this.form);
  }

  get field() {
    return $("input, textarea, select", this.form);
  }

  // --- what the pupil does ------------------------------------------------------------------------------------------

  tap(button) {
    if (!button || !this.isOpen) return;
    if (this.kind === "one") return this.answer(button.value);
    button.setAttribute("aria-pressed", String(button.getAttribute("aria-pressed") !== "true"));
    if (this.sends) return (this.isTyped = true) && this.picks?.take(this.pressed);
    this.mark(button, "sending");
    clearTimeout(this.settling);
    this.settling = setTimeout(() => this.settle(), SETTLE);
  }

  /** Several taps in a row are one answer. */
  settle() {
    clearTimeout(this.settling);
    this.settling = null;
    if (this.pressed.length) this.answer(this.pressed);
    else this.note?.(t("phone.pick_one"));
  }

  choose(input) {
    if (input.type === "file") return this.photos.take(input, (text) => this.fault(text));
    if (this.kind === "order") return this.move(input.closest("[data-field]"), Number(input.value) - 1);
    if (this.kind !== "fields" || !this.isOpen) return;
    const picks = Object.fromEntries(new FormData(this.form));
    if (this.sends) this.picks?.take(picks);
    else this.answer(picks);
  }

  /** A row goes to another place; the rows between make room. Several moves in a row are one answer. */
  move(row, place) {
    if (!this.isOpen) return;
    const hadFocus = row.contains(document.activeElement) && document.activeElement;
    const others = this.rows.filter((other) => other !== row);
    if (place >= others.length) others.at(-1).after(row);
    else others[place].before(row);
    if (hadFocus) hadFocus.focus();
    this.number();
    this.isTyped = true;
    if (this.isCounted) return this.paint(this.painting);
    clearTimeout(this.settling);
    this.settling = setTimeout(() => this.sendOrder(), SETTLE);
  }

  number() {
    this.rows.forEach((row, index) => ($("select", row).value = String(index + 1)));
  }

  /** What was moved while the question was open counts. */
  sendOrder() {
    const isMoved = this.settling;
    clearTimeout(isMoved);
    this.settling = null;
    if (!this.isOpen && !isMoved) return;
    this.isTyped = false;
    this.answer(this.rows.map(({ dataset }) => dataset.field));
  }

  /** What is filled in; a form without anything says so. */
  sendForm() {
    if (!this.isOpen) return;
    const filled = [...new FormData(this.form)]
      .map(([name, value]) => [name, value.normalize("NFC").trim()])
      .filter(([, value]) => value);
    this.fault(filled.length ? "" : t("phone.write_first"));
    if (!filled.length) return this.field.focus();
    this.isTyped = false;
    this.answer(Object.fromEntries(filled));
  }

  async sendText() {
    if (this.kind !== "text" || !this.isOpen) return;
    const drawn = this.draw && (await this.draw.blob());
    if (drawn) this.photos.show({ id: uuid7(), blob: drawn });
    const field = this.field;
    const value = field.value.normalize("NFC").trim();
    const isWrong =
      (!value && !this.photo) || (field.pattern && !new RegExp(`^(?:${field.pattern})$`, "u").test(value));
    this.fault(isWrong ? field.dataset.invalid || t("phone.write_first") : "");
    if (isWrong) return (this.drawBox ? $("canvas", this.drawBox) : field).focus();
    this.isTyped = false;
    if (this.photo) this.answer({ text: value, photo: this.photo.id }, this.photo.blob);
    else this.answer(value);
  }

  startDrawing(Drawing) {
    this.draw = new Drawing(this.drawBox, (isAny) => {
      if (!isAny) this.photos.show(null);
      this.fault("");
      this.drawBox.dispatchEvent(new Event("input", { bubbles: true }));
    });
    this.draw.isOpen = this.isOpen;
    this.drawBox.held = this.draw.held;
  }

  fault(text) {
    $(".error", this.form)?.remove();
    const hint = $(".hint", this.form)?.id ?? "";
    if (text) this.field.setAttribute("aria-invalid", "true");
    else this.field.removeAttribute("aria-invalid");
    this.field.setAttribute("aria-describedby", text ? `answer-error ${hint}`.trim() : hint);
    const last =
      this.kind === "form" ? $(".btn-primary", this.form).previousElementSibling : (this.drawBox ?? this.field);
    if (text)
      last.after(el("p", { class: "error", role: "alert", id: "answer-error" }, icon("warning"), el("span", {}, text)));
  }

  /** An answer that was being settled when the question went away is sent, not dropped. */
  flush() {
    if (this.settling) this.kind === "order" ? this.sendOrder() : this.settle();
  }

  // --- what the page shows ------------------------------------------------------------------------------------------

  /** Paints: value = own answer or null; state = "open", "sending", "saved", "unsent", "parked"; isOpen; key = options. */
  paint(painting) {
    this.painting = painting;
    const { value, state, isOpen, key } = this.picks?.painting(painting) ?? painting;
    this.isOpen = isOpen;
    if (!this.form) return;
    if (this.kind === "text") this.paintText(value, state, isOpen);
    else if (this.kind === "order") this.paintOrder(value, state, isOpen, key);
    else if (this.kind === "form") this.paintForm(value ?? {}, state, isOpen);
    else if (this.kind === "fields") this.paintFields(value ?? {}, state, isOpen, key);
    else if (!this.settling) this.paintButtons(value, state, isOpen, key);
  }

  paintButtons(value, state, isOpen, key) {
    const picked = new Set(Array.isArray(value) ? value : value == null ? [] : [value]);
    for (const button of this.buttons) {
      const isOwn = picked.has(button.value);
      button.setAttribute("aria-pressed", String(isOwn));
      allow(button, isOpen);
      // What has not been saved says so also when the question is locked: "Em chọn" is a fact of the log.
      const mine = state === "saved" ? "locked" : state;
      const closed = key ? (key.has(button.value) ? "key" : "rest") : isOwn ? mine : "rest";
      this.mark(button, isOpen ? (isOwn ? state : "open") : closed, isOwn, key?.has(button.value));
    }
  }

  mark(button, state, isOwn = false, isKey = false) {
    button.dataset.state = state === "parked" ? "unsent" : state;
    [...button.children].slice(2).forEach((node) => node.remove());
    const facts = [];
    if (state === "sending") facts.push(el("small", {}, t("phone.sending")));
    if (state === "saved") facts.push(icon("check", 28));
    if (["unsent", "parked"].includes(state)) facts.push(chip("", "hourglass", t("phone.unsent")));
    if (isKey) facts.push(chip("chip-board", "key", t("phone.key")));
    if (isOwn && ["locked", "rest", "key"].includes(state)) facts.push(chip("", "lock", t("phone.yours")));
    if (facts.length) button.append(el("span", { class: "answer-facts" }, ...facts));
    this.makeRoom(button);
  }

  /** Where text and facts do not fit side by side, the facts go below. */
  makeRoom(button) {
    const text = $(".answer-text", button);
    if (text && text.scrollWidth > text.clientWidth) button.classList.add("answer-long");
  }

  /** The names of groups without a choice: "c, d". */
  missing(value) {
    if (this.kind !== "fields") return "";
    return $$("fieldset", this.form).map(({ dataset }) => dataset.field).filter((name) => !value?.[name]).join(", ");
  }

  paintFields(value, state, isOpen, key) {
    this.form.toggleAttribute("data-closed", !isOpen);
    let isNextFound = false;
    for (const set of $$("fieldset", this.form)) {
      const name = set.dataset.field;
      const own = value[name];
      for (const input of $$("input", set)) {
        input.checked = input.value === own;
        input.disabled = !isOpen;
      }
      const isNext = isOpen && !own && !isNextFound;
      isNextFound ||= isNext;
      set.dataset.state = isNext ? "next" : own && state === "unsent" ? "unsent" : "";
      $(".row", set)?.remove();
      if (key) set.append(this.keyRow(set, key, name, own));
    }
  }

  keyRow(set, key, name, own) {
    const right = $$("input", set).find((input) => key.has(`${name}:${input.value}`));
    const word = right?.nextElementSibling.textContent.trim() ?? "";
    const chips = [chip("chip-board", "key", t("phone.key_is", { key: word }))];
    if (!own) chips.push(el("span", { class: "chip" }, t("phone.not_answered")));
    return el("p", { class: "row" }, ...chips);
  }

  paintOrder(value, state, isOpen, key) {
    const list = this.rows[0].parentNode;
    const isMoved = this.isCounted && this.isTyped && isOpen; // and not sent yet
    if (value && !this.settling && !isMoved)
      value.forEach((name) => list.append(this.rows.find(({ dataset }) => dataset.field === name)));
    this.number();
    this.form.toggleAttribute("data-closed", !isOpen);
    this.form.dataset.state =
      value == null || isMoved || state === "sending" ? "" : state === "parked" ? "unsent" : state;
    this.rows.forEach((row, index) => {
      $("select", row).disabled = !isOpen;
      $(".chip", row)?.remove();
      const right = key && [...key].find((option) => option.startsWith(`${row.dataset.field}:`))?.split(":")[1];
      if (right) row.append(chip("chip-board", "key", t("phone.key_is", { key: right })));
    });
    this.showSend(state, isOpen && !(this.isCounted && value && !isMoved));
  }

  showSend(state, isOpen) {
    const button = $(".btn-primary", this.form);
    button.hidden = !isOpen;
    button.setAttribute("aria-busy", String(state === "sending"));
  }

  /** What somebody is writing is left alone; an answer that came otherwise is filled in once. */
  paintForm(value, state, isOpen) {
    const signature = JSON.stringify(value);
    const isNew = this.painted !== signature && !this.isTyped && !this.form.contains(document.activeElement);
    for (const control of $$("input, select, textarea", this.form)) {
      const own = value[control.name] ?? "";
      if (isNew && control.type === "radio") control.checked = control.value === own;
      else if (isNew && (own || this.painted)) control.value = own;
      if (control.type === "radio" || control.matches("select")) control.disabled = !isOpen;
      else control.readOnly = !isOpen;
    }
    if (isNew) this.painted = signature;
    this.form.toggleAttribute("data-closed", !isOpen);
    this.form.dataset.state = signature === "{}" || state === "sending" ? "" : state === "parked" ? "unsent" : state;
    this.showSend(state, isOpen);
  }

  paintText(value, state, isOpen) {
    const field = this.field;
    const isOwnPhoto = this.isTyped && this.photos.box;
    if (value?.photo && !isOwnPhoto && this.photo?.id !== value.photo && this.paintedPhoto !== value.photo)
      this.fetchPhoto(value.photo);
    if (typeof value === "object") value = value?.text;
    if (value != null && !this.isTyped && document.activeElement !== field && this.painted !== value) {
      field.value =
        field.inputMode === "decimal" && document.documentElement.lang === "vi"
          ? String(value).replace(".", ",")
          : value;
      this.painted = value;
    }
    field.readOnly = !isOpen;
    this.form.dataset.state = value == null ? "" : state === "sending" ? "" : state === "parked" ? "unsent" : state;
    if (this.photos.box) $(".row", this.photos.box).hidden = !isOpen;
    if (this.drawBox) $(".draw-tools", this.drawBox).hidden = !isOpen;
    if (this.draw) this.draw.isOpen = isOpen;
    if (value && this.drawBox) field.closest("details").open = true;
    this.showSend(state, isOpen);
  }

  async fetchPhoto(id) {
    this.paintedPhoto = id;
    const blob = await this.photoOf?.(id);
    if (!blob || (this.isTyped && this.photos.box)) return;
    this.photos.show({ id, blob });
    await this.drawing;
    this.draw?.load(blob);
  }
}

/* An activity's form on the phone. The form is the contract: its controls are the answer, as JSON.

   data-answer="one"     buttons, one pressed: the button's value, sent at the tap
   data-answer="many"    buttons, several pressed: a list, sent shortly after the last tap
   data-answer="fields"  radio groups: an object by group name, sent at each choice
   data-answer="text"    one field and a send button: its text; with a photo beside it {text, photo} */

import { uuid7 } from "./ids.js";
import { $, $$, el, icon, t } from "./page.js";

const SETTLE = 700;

export class AnswerForm {
  constructor(root, answer) {
    this.root = root;
    this.form = $("form[data-answer]", root);
    this.kind = this.form?.dataset.answer;
    this.answer = answer;
    this.isOpen = false;
    this.form?.addEventListener("submit", (event) => {
      event.preventDefault();
      this.sendText();
    });
    this.form?.addEventListener("click", (event) => this.tap(event.target.closest("button.answer")));
    this.form?.addEventListener("change", (event) => this.choose(event.target));
    this.photoBox = $("[data-photo]", root);
    this.photo = null;
    if (this.photoBox) $(".btn-quiet", this.photoBox).addEventListener("click", () => this.showPhoto(null));
  }

  get buttons() {
    return $$("button.answer", this.form);
  }

  get field() {
    return $("input, textarea", this.form);
  }

  // --- what the pupil does ------------------------------------------------------------------------------------------

  tap(button) {
    if (!button || !this.isOpen) return;
    if (this.kind === "one") return this.answer(button.value);
    button.setAttribute("aria-pressed", String(button.getAttribute("aria-pressed") !== "true"));
    this.mark(button, "sending");
    clearTimeout(this.settling);
    this.settling = setTimeout(() => this.settle(), SETTLE);
  }

  /** Several taps in a row are one answer. */
  settle() {
    clearTimeout(this.settling);
    this.settling = null;
    const picked = this.buttons.filter((b) => b.getAttribute("aria-pressed") === "true").map((b) => b.value);
    if (picked.length) this.answer(picked);
    else this.note?.(t("phone.pick_one"));
  }

  choose(input) {
    if (input.type === "file") return this.takePhoto(input);
    if (this.kind !== "fields" || !this.isOpen) return;
    this.answer(Object.fromEntries(new FormData(this.form)));
  }

  sendText() {
    if (this.kind !== "text" || !this.isOpen) return;
    const field = this.field;
    const value = field.value.normalize("NFC").trim();
    const isWrong = (!value && !this.photo) || (field.pattern && !new RegExp(`^(?:${field.pattern})$`, "u").test(value));
    this.fault(isWrong ? field.dataset.invalid || t("phone.write_first") : "");
    if (isWrong) return field.focus();
    if (this.photo) this.answer({ text: value, photo: this.photo.id }, this.photo.blob);
    else this.answer(value);
  }

  /** The camera's picture is made small at once; it goes with the answer. */
  async takePhoto(input) {
    const [file] = input.files;
    input.value = "";
    if (!file || !this.isOpen) return;
    try {
      const { shrink } = await import("./photo.js");
      this.showPhoto({ id: uuid7(), blob: await shrink(file) });
      this.fault("");
    } catch {
      this.fault(t("phone.photo_unreadable"));
    }
  }

  /** `photo` = {id, blob} or null. */
  showPhoto(photo) {
    const picture = $("img", this.photoBox);
    if (picture.src) URL.revokeObjectURL(picture.src);
    this.photo = photo;
    picture.hidden = !photo;
    if (photo) picture.src = URL.createObjectURL(photo.blob);
    else picture.removeAttribute("src");
    $(".btn-quiet", this.photoBox).hidden = !photo || !this.isOpen;
  }

  fault(text) {
    $(".error", this.form)?.remove();
    this.field.toggleAttribute("aria-invalid", Boolean(text));
    if (text) this.field.after(el("p", { class: "error", role: "alert" }, icon("warning"), el("span", {}, text)));
  }

  /** An answer that was being settled when the question went away is sent, not dropped. */
  flush() {
    if (this.settling) this.settle();
  }

  // --- what the page shows ------------------------------------------------------------------------------------------

  /** Paints: value = own answer or null; state = "open", "sending", "saved", "unsent", "parked"; isOpen; key = options. */
  paint({ value, state, isOpen, key }) {
    this.isOpen = isOpen;
    if (!this.form) return;
    if (this.kind === "text") this.paintText(value, state, isOpen);
    else if (this.kind === "fields") this.paintFields(value ?? {}, state, isOpen, key);
    else if (!this.settling) this.paintButtons(value, state, isOpen, key);
  }

  paintButtons(value, state, isOpen, key) {
    const picked = new Set(Array.isArray(value) ? value : value == null ? [] : [value]);
    for (const button of this.buttons) {
      const isOwn = picked.has(button.value);
      button.setAttribute("aria-pressed", String(isOwn));
      if (isOpen) button.removeAttribute("aria-disabled");
      else button.setAttribute("aria-disabled", "true");
      const closed = key ? (key.has(button.value) ? "key" : "rest") : isOwn ? "locked" : "rest";
      this.mark(button, isOpen ? (isOwn ? state : "open") : closed, isOwn, key?.has(button.value));
    }
  }

  mark(button, state, isOwn = false, isKey = false) {
    button.dataset.state = state === "parked" ? "unsent" : state;
    [...button.children].slice(2).forEach((node) => node.remove());
    const chip = (kind, name, text) => el("span", { class: `chip ${kind}` }, icon(name, 16), text);
    if (state === "sending") button.append(el("small", {}, t("phone.sending")));
    if (state === "saved") button.append(icon("check", 28));
    if (state === "unsent") button.append(chip("", "hourglass", t("phone.unsent")));
    if (isKey) button.append(chip("chip-board", "key", t("phone.key")));
    if (isOwn && ["locked", "rest", "key"].includes(state)) button.append(chip("", "lock", t("phone.yours")));
    this.makeRoom(button);
  }

  /** Where text and facts do not fit side by side, the facts go below. */
  makeRoom(button) {
    const text = $(".answer-text", button);
    if (text.scrollWidth > text.clientWidth) button.classList.add("answer-long");
  }

  paintFields(value, state, isOpen, key) {
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
    const chips = [el("span", { class: "chip chip-board" }, icon("key", 16), t("phone.key_is", { key: word }))];
    if (!own) chips.push(el("span", { class: "chip" }, t("phone.not_answered")));
    return el("p", { class: "row" }, ...chips);
  }

  paintText(value, state, isOpen) {
    const field = this.field;
    if (value?.photo && this.photo?.id !== value.photo && this.paintedPhoto !== value.photo) this.fetchPhoto(value.photo);
    if (typeof value === "object") value = value?.text;
    if (value != null && document.activeElement !== field && this.painted !== value) {
      field.value = field.inputMode === "decimal" ? String(value).replace(".", ",") : value;
      this.painted = value;
    }
    field.readOnly = !isOpen;
    this.form.dataset.state = value == null ? "" : state === "sending" ? "" : state === "parked" ? "unsent" : state;
    if (this.photoBox) $(".row", this.photoBox).hidden = !isOpen;
    const button = $(".btn-primary", this.form);
    button.hidden = !isOpen;
    button.setAttribute("aria-busy", String(state === "sending"));
  }

  async fetchPhoto(id) {
    this.paintedPhoto = id;
    const blob = await this.photoOf?.(id);
    if (blob) this.showPhoto({ id, blob });
  }
}

/* Where answers are counted: what is picked waits for the button, else each tap of several would be one of them. */

import { t } from "./page.js";

export class Picks {
  constructor(form) {
    this.form = form;
    this.picks = form.isTyped ? this.early() : null; // not sent yet
    form.form.append(form.sends);
    form.form.addEventListener("submit", () => this.send());
  }

  /** What was picked before this script came. */
  early() {
    return this.form.kind === "many" ? this.form.pressed : Object.fromEntries(new FormData(this.form.form));
  }

  take(picks) {
    this.picks = picks;
    this.form.paint(this.form.painting);
  }

  /** An answer without a choice, or with statements left, says so instead. */
  send() {
    const { form, picks } = this;
    if (!form.isOpen) return;
    const missing = form.missing(picks);
    if (missing) return form.note?.(t("phone.left", { names: missing }));
    if (!picks?.length && form.kind === "many") return form.note?.(t("phone.pick_one"));
    this.picks = null;
    form.isTyped = false;
    form.answer(picks);
  }

  /** What the form shows: what is picked, while it can still be sent. */
  painting(painting) {
    const { value, isOpen } = painting;
    this.form.sends.hidden = !isOpen || (value != null && !this.picks);
    return this.picks && isOpen ? { ...painting, value: this.picks, state: "picked" } : painting;
  }
}

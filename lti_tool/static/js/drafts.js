/* What is written, drawn or photographed for a question and not sent yet: kept on this phone over a reload, under its
   pupil's place in the outbox, until it is sent or the lesson is over. Loaded when somebody begins to write, or has.

   Rows of the table "last": {id, owner, until, said, held, own}. `said` is what stands in the form's fields. `held` is
   what an element with `held` = {get, put} has that is no field: a picture, strokes. `own` is the same of the form
   itself. */

import { $, $$, el, icon, t } from "./page.js";
import { draftsOf } from "./store.js";

const DAY = 24 * 3600 * 1000;
const LASTS = { lesson: DAY, practice: 14 * DAY };
const SETTLE = 300;
const FORMS = {
  answer: "form[data-answer=text], form[data-answer=form]:not([data-posts])",
  posts: "form[data-posts]",
  product: "form[data-product]",
};

const fields = (form) => $$("textarea, select, input:not([type=file])", form);
const holders = (form) => $$("[data-photo], [data-picture], [data-draw]", form).filter(({ held }) => held);
const isPicked = (one) => one.type === "radio";

/** A place that is always chosen is nothing that somebody wrote. */
const isEmpty = (form) => (one) => {
  if (!isPicked(one)) return !one.value;
  return !one.checked || fields(form).some((other) => other.name === one.name && other.defaultChecked);
};

export class Drafts {
  /** Of the forms in `box`, which ask `question`; `kind` of work is "lesson" or "practice". `refused` is told where this
      phone keeps nothing. `isBegun`: something is written that is not kept yet. */
  constructor(box, { store, owner, question, kind, refused }, isBegun) {
    Object.assign(this, { store, owner, question, kind, refused, all: [] });
    forget(store, null).catch(() => {});
    for (const [name, selector] of Object.entries(FORMS)) this.watch(name, $(selector, box), isBegun);
    const wall = $("[data-wall] ul", box);
    if (!wall) return;
    new MutationObserver(() => this.talks(wall)).observe(wall, { childList: true });
    this.talks(wall, isBegun);
  }

  /** Below each post something may be written; posts come one by one. */
  talks(wall, isBegun) {
    const fresh = $$("[data-say]", wall).filter((form) => !this.all.some((one) => one.form === form));
    for (const form of fresh) this.watch(`on:${form.dataset.say}`, form, isBegun && !fields(form).every(isEmpty(form)));
  }

  watch(name, form, isBegun) {
    if (!form) return;
    const draft = { name, form, id: draftsOf(this.owner, this.question) + name };
    const soon = () => {
      clearTimeout(draft.timer);
      draft.timer = setTimeout(() => this.keep(draft), SETTLE);
    };
    this.all.push(draft);
    form.addEventListener("input", soon);
    if (isBegun) soon();
    else this.bring(draft);
  }

  /** What was being written goes back into the form, and is said not to be sent. Who writes already is left alone. */
  async bring({ form, id }) {
    const row = await this.store.get("last", id).catch(() => null);
    if (!row || form.contains(document.activeElement)) return;
    fields(form).forEach((one, n) => {
      if (isPicked(one)) one.checked = row.said[n];
      else one.value = row.said[n] ?? "";
      if (row.said[n]) one.closest("details")?.setAttribute("open", "");
    });
    holders(form).forEach(({ held }, n) => row.held[n] && held.put(row.held[n]));
    form.held?.put(row.own);
    form.prepend(
      el("p", { class: "small", role: "status", "data-draft": true }, icon("pencil", 16), " ", t("phone.draft")),
    );
    form.dispatchEvent(new Event("input"));
  }

  async keep(draft) {
    clearTimeout(draft.timer);
    draft.timer = null;
    const { form, id } = draft;
    const held = holders(form).map((one) => one.held.get());
    const said = fields(form).map((one) => (isPicked(one) ? one.checked : one.value));
    const row = { id, owner: this.owner, until: Date.now() + LASTS[this.kind], said, held, own: form.held?.get() };
    try {
      if (held.some(Boolean) || !fields(form).every(isEmpty(form))) await this.store.put("last", row);
      else await this.store.remove("last", id);
    } catch {
      this.refused();
    }
  }

  flush() {
    this.all.filter(({ timer }) => timer).forEach((draft) => this.keep(draft));
  }

  /** What went out stands in the outbox; a word on how sure one is and what was taken back came from no form. */
  sent(value, { group, post, on, confidence } = {}) {
    const name = group ? "product" : on ? `on:${on}` : post ? "posts" : "answer";
    const draft = this.all.find((one) => one.name === name);
    if (!draft || value === null || confidence) return;
    clearTimeout(draft.timer);
    draft.timer = null;
    $("[data-draft]", draft.form)?.remove();
    this.store.remove("last", draft.id).catch(() => {});
  }
}

/** Drops the drafts of owners that begin so, and whatever is too old. */
export async function forget(store, whose) {
  const isOver = ({ owner, until }) => until && (until < Date.now() || (whose && owner.startsWith(whose)));
  for (const row of (await store.all("last")).filter(isOver)) await store.remove("last", row.id);
}

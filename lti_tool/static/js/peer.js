/* Classmates' works that a pupil was given to assess, each above its criteria; nobody is named. Loaded with the first
   such activity. */

import { $, $$, boot, el } from "./page.js";

const AGAIN = 4000;

class Peers {
  constructor(root, get) {
    Object.assign(this, { get, form: $("form[data-words]", root), known: null });
    this.words = JSON.parse(this.form.dataset.words);
    this.note = $("[data-peers]", root);
    for (const set of $$("fieldset", this.form)) set.disabled = true; // until the work can be seen
  }

  /** `count` is how many works the server says were given. */
  paint(count) {
    if (this.known !== count)
      this.asking ??= setTimeout(() => this.fetch(count), this.failed ? AGAIN * (0.5 + Math.random()) : 0);
  }

  async fetch(count) {
    const works = await this.get("").then((got) => got.json()).then((got) => got.works, () => null);
    this.asking = null;
    this.failed = !works;
    if (!works) return this.paint(count);
    this.known = count;
    this.note.textContent = works.length ? "" : this.words.none;
    for (const section of $$("[data-slot]", this.form)) {
      const work = works[section.dataset.slot - 1];
      section.hidden = !work;
      for (const set of $$("fieldset", section)) set.disabled = !work;
      if (work) this.show(section, work);
      else if (works.length) section.remove(); // there are fewer works than the teacher asked for
    }
  }

  show(section, { text, photo }) {
    const box = $("[data-work]", section);
    const picture = photo && el("div");
    box.replaceChildren(
      ...[
        text && el("p", { class: "pre wrap" }, text),
        picture,
        !text && !photo && el("p", { class: "small" }, this.words.gone),
      ].filter(Boolean),
    );
    if (picture)
      this.get(`/${section.dataset.slot}/photo`)
        .then((got) => got.blob())
        .then(
          (blob) =>
            picture.append(el("img", { class: "picture", src: URL.createObjectURL(blob), alt: this.words.photo })),
          () => picture.append(this.words.gone),
        );
  }
}

/** The works of this activity as a function that shows them. `phone` is what the page has. */
export function opened(root, { id, round }, { live }) {
  const get = async (rest) => {
    const got = await fetch(`${boot.posts}/${id}/${round}/works${rest}`, {
      headers: { Authorization: `Bearer ${live.ticket}` },
      credentials: "omit",
    });
    if (!got.ok) throw new Error(String(got.status));
    return got;
  };
  const peers = new Peers(root, get);
  return (activity, me) => peers.paint(me?.peers ?? 0);
}

/* The roll call, kept in the browser until the server has it: each tap is a row in the outbox first, with the moment it
   was made, and is offered again until it is kept. Sending twice is safe; the word said last stands.

   Rows: {id, owner, who, word, after, said_at, composed_at, state: "waiting"}. `owner` is this teacher in this lesson,
   `after` the word on the same pupil that this one changes, where it was said here too: on a bad network the moments of
   two quick taps may change places on their way, and the second must stand. */

import { uuid7 } from "./ids.js";
import { post } from "./page.js";
import { openStore } from "./store.js";

const AGAIN_MS = 4000;
const MOST = 200;
const NOTHING = "open";

export class Roll {
  /** `on.changed()` after every change; `on.refused(fault)` when the server will not hear it. */
  constructor(address, owner, on) {
    Object.assign(this, { address, owner, on, rows: [], words: {}, said: {}, plans: [], unknown: 0, keeping: 0, isStuck: false, isCut: false });
    this.opening = openStore();
  }

  async open() {
    this.store = await this.opening;
    const kept = await this.store.all("outbox").catch(() => []);
    const known = new Set(this.rows.map(({ id }) => id));
    const mine = kept.filter(({ id, owner }) => owner === this.owner && !known.has(id)).sort(byTime);
    this.rows.push(...mine);
    this.said = { ...Object.fromEntries(mine.map(({ who, id }) => [who, id])), ...this.said };
    this.hadRows = this.rows.length > 0;
    addEventListener("online", () => this.send());
    setInterval(() => (this.rows.length || this.isCut) && this.send(), AGAIN_MS);
    this.on.changed?.();
    return this.send();
  }

  get isKept() {
    return this.store?.isKept ?? true;
  }

  /** Nothing would be lost if the page went now. */
  get isSafe() {
    return !this.rows.length || (this.isKept && !this.keeping);
  }

  get waiting() {
    return this.rows.length;
  }

  /** The word that stands for a pupil, of what the server has and what waits here; "" for none. */
  word(who) {
    const word = this.standing(who)?.word;
    return word && word !== NOTHING ? word : "";
  }

  /** The newest word on a pupil and when it was said, by this device's clock; one that was taken back is one too. */
  standing(who) {
    const mine = this.rows.filter((row) => row.who === who).sort(byTime).pop();
    const theirs = this.words[who];
    const isMine = mine && (!theirs || mine.said_at >= theirs.at || this.rows.some((row) => row.who === who && row.after === theirs.id));
    return isMine ? { word: mine.word, at: mine.said_at } : theirs;
  }

  /** Says a word on each of these pupils, as [who, word] pairs. */
  async say(pairs) {
    const moment = Date.now();
    const rows = pairs.map(([who, word]) => {
      const after = this.said[who] ?? "";
      return { id: uuid7(moment), owner: this.owner, who, word, after, said_at: moment, composed_at: moment, state: "waiting" };
    });
    for (const { who, id } of rows) this.said[who] = id;
    this.rows.push(...rows);
    this.on.changed?.();
    await this.keep(rows);
    return this.send();
  }

  /** All of them or none, in one go: a whole class said by one tap is written before a hand can reload the page. */
  async keep(rows) {
    this.keeping += 1;
    const store = await this.opening;
    await inOne(store, (table) => rows.forEach((row) => table.put(row)), rows.map((row) => () => store.put("outbox", row))).catch(() => (store.isKept = false));
    this.keeping -= 1;
  }

  /** What waits goes up; what the server has comes down. One request at a time. */
  async send() {
    if (this.isSending) return;
    this.isSending = true;
    const sent = [...this.rows].sort(byTime).slice(0, MOST);
    try {
      const now = Date.now();
      const told = ({ id, who, word, after, said_at: at }) => ({ id, who, word, after: after ?? "", ago: Math.max(0, now - at) });
      this.hear(await post(this.address, sent.map(told)));
      await this.drop(sent);
      this.isStuck = this.isCut = false;
    } catch (fault) {
      this.isCut = fault.fault === "network";
      if (!this.isStuck && fault.fault !== "network") this.on.refused?.(fault);
      this.isStuck = true;
    }
    this.isSending = false;
    this.on.changed?.();
    if (this.rows.length && !this.isStuck) return this.send();
  }

  /** The server's words, their moments by this device's clock; the plans of the class's seats, as far as there are. */
  hear({ words, now, unknown, plans }) {
    if (JSON.stringify(plans) !== JSON.stringify(this.plans)) this.plans = plans;
    const offset = Date.now() - now;
    this.words = Object.fromEntries(Object.entries(words).map(([who, { id, word, at }]) => [who, { id, word, at: at + offset }]));
    this.unknown += unknown.length;
  }

  async drop(sent) {
    const gone = new Set(sent.map(({ id }) => id));
    this.rows = this.rows.filter(({ id }) => !gone.has(id));
    await inOne(this.store, (table) => gone.forEach((id) => table.delete(id)), [...gone].map((id) => () => this.store.remove("outbox", id))).catch(() => {});
  }
}

/** Changes the outbox in one transaction, where the store has such; else step by step. */
function inOne(store, change, steps) {
  if (!store.table) return Promise.all(steps.map((step) => step()));
  return new Promise((resolve, reject) => {
    const table = store.table("outbox", "readwrite");
    Object.assign(table.transaction, { oncomplete: resolve, onabort: reject, onerror: reject });
    change(table);
  });
}

const byTime = (a, b) => a.said_at - b.said_at || (a.id < b.id ? -1 : 1);

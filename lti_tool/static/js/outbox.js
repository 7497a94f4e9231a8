/* The phone's outbox: every answer is here before it is sent, and stays until the server's ack. A photo stands beside
   its answer in a table of its own, {id, owner, blob}, and is sent before it.

   Rows: {id, owner, activity, round, value, confidence?, composed_at, state, at?, outcome?, epoch?, code?, photoSent?, isHeld?,
   post?, on?, group?}
   state: "waiting" (not acknowledged), "saved" (acknowledged; kept a day, in case the server restores a backup),
   "parked" (can never be accepted; shown, not sent again). A waiting row is held while the log does not know its question,
   as after a restored backup: it is offered again when that is asked, and on every welcome. Rows of another owner are never read. */

import { uuid7 } from "./ids.js";

const DAY = 24 * 3600 * 1000;

export class Outbox {
  constructor(store, owner) {
    this.store = store;
    this.owner = owner;
    this.rows = new Map();
  }

  /** Reads this owner's rows, also those that another tab has put in since. Acknowledged ones older than a day are
      forgotten. */
  async load(now) {
    for (const row of await this.store.all("outbox")) {
      if (row.owner !== this.owner || this.rows.has(row.id)) continue;
      if (row.state !== "waiting" && now - row.composed_at > DAY) await this.forget(row);
      else this.rows.set(row.id, row);
    }
  }

  /** Puts an answer in; it is safe on the phone when the promise resolves. */
  async add(activity, round, value, composedAt, shownAt, photo, more = {}) {
    if (photo)
      await this.store
        .put("photos", { id: value.photo, owner: this.owner, blob: photo })
        .catch(() => (this.store.isKept = false));
    const row = {
      id: uuid7(),
      owner: this.owner,
      activity,
      round,
      value,
      composed_at: composedAt,
      shown_at: shownAt,
      state: "waiting",
      ...more,
    };
    this.rows.set(row.id, row);
    await this.store.put("outbox", row).catch(() => {
      this.store.isKept = false;
    });
    return row;
  }

  waiting() {
    return [...this.rows.values()].filter((row) => row.state === "waiting").sort(byTime);
  }

  /** The answers to one round in any state, the oldest first. */
  of(activity, round) {
    return [...this.rows.values()].filter((row) => row.activity === activity && row.round === round).sort(byTime);
  }

  newest(activity, round) {
    return this.of(activity, round).filter(({ group }) => !group).pop();
  }

  /** What was said of the same post before this and is not acknowledged yet: it goes first. */
  before(row) {
    return (
      row.post &&
      this.waiting().find((other) => other.post === row.post && other.id !== row.id && byTime(other, row) < 0)
    );
  }

  /** How many different answers to one round went out from here, each after another. */
  tries(activity, round) {
    const sent = [...this.rows.values()]
      .filter((row) => row.activity === activity && row.round === round && row.state !== "parked" && !row.group)
      .sort(byTime);
    return sent.filter((row, n) => !n || JSON.stringify(row.value) !== JSON.stringify(sent[n - 1].value)).length;
  }

  saved(id, outcome, at, epoch) {
    return this.change(id, { state: "saved", outcome, at, epoch, isHeld: false });
  }

  hold(id) {
    return this.change(id, { isHeld: true });
  }

  /** What was held for this round. */
  held(activity, round) {
    return this.waiting().filter((row) => row.isHeld && row.activity === activity && row.round === round);
  }

  park(id, code) {
    return this.change(id, { state: "parked", code });
  }

  /** The server told its own list: what is in it is safe; after a restore, which is another epoch, everything else is
      offered again. */
  reconcile(acked, epoch, now) {
    const known = new Set(acked);
    for (const row of this.rows.values()) {
      if (known.has(row.id) && row.state === "waiting")
        this.saved(row.id, row.outcome ?? "accepted", row.at ?? now, epoch);
      else if (row.state !== "saved" || row.epoch === epoch) continue;
      else this.change(row.id, known.has(row.id) ? { epoch } : { state: "waiting", photoSent: false });
    }
  }

  change(id, changes) {
    const row = this.rows.get(id);
    if (!row) return null;
    Object.assign(row, changes);
    this.store.put("outbox", row).catch(() => {});
    return row;
  }

  async forget(row) {
    await this.store.remove("outbox", row.id);
    if (row.value?.photo) await this.store.remove("photos", row.value.photo);
  }
}

const byTime = (a, b) => a.composed_at - b.composed_at || (a.id < b.id ? -1 : 1);

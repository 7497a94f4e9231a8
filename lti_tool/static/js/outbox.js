/* The phone's outbox: every answer is here before it is sent, and stays until the server's ack. A photo stands beside
   its answer in a table of its own, {id, owner, blob}, and is sent before it.

   Rows: {id, owner, activity, round, value, composed_at, state, at?, outcome?, code?, photoSent?}
   state: "waiting" (not acknowledged), "saved" (acknowledged; kept a day, in case the server restores a backup),
   "parked" (can never be accepted; shown, not sent again). Rows of another owner are never read. */

import { uuid7 } from "./ids.js";

const DAY = 24 * 3600 * 1000;

export class Outbox {
  constructor(store, owner) {
    this.store = store;
    this.owner = owner;
    this.rows = new Map();
  }

  /** Reads this owner's rows. Acknowledged ones older than a day are forgotten. */
  async load(now) {
    for (const row of await this.store.all("outbox")) {
      if (row.owner !== this.owner) continue;
      if (row.state !== "waiting" && now - row.composed_at > DAY) await this.forget(row);
      else this.rows.set(row.id, row);
    }
  }

  /** Puts an answer in; it is safe on the phone when the promise resolves. */
  async add(activity, round, value, composedAt, shownAt, photo) {
    if (photo) await this.store.put("photos", { id: value.photo, owner: this.owner, blob: photo }).catch(() => (this.store.isKept = false));
    const row = { id: uuid7(), owner: this.owner, activity, round, value, composed_at: composedAt, shown_at: shownAt, state: "waiting" };
    this.rows.set(row.id, row);
    await this.store.put("outbox", row).catch(() => {
      this.store.isKept = false;
    });
    return row;
  }

  waiting() {
    return [...this.rows.values()].filter((row) => row.state === "waiting").sort(byTime);
  }

  /** The newest answer to one round, in any state. */
  newest(activity, round) {
    return [...this.rows.values()].filter((row) => row.activity === activity && row.round === round).sort(byTime).pop();
  }

  saved(id, outcome, at) {
    return this.change(id, { state: "saved", outcome, at });
  }

  park(id, code) {
    return this.change(id, { state: "parked", code });
  }

  /** The server told its own list: what is in it is safe; after a restore, everything else is offered again. */
  reconcile(acked, isOtherEpoch, now) {
    const known = new Set(acked);
    for (const row of this.rows.values()) {
      if (known.has(row.id) && row.state === "waiting") this.saved(row.id, "accepted", now);
      else if (isOtherEpoch && row.state === "saved" && !known.has(row.id)) this.change(row.id, { state: "waiting", photoSent: false });
    }
  }

  change(id, changes) {
    const row = this.rows.get(id);
    if (!row) return null;
    Object.assign(row, changes);
    this.store.put("outbox", row).catch(() => {});
    return row;
  }

  /** "Not me": acknowledged answers leave this phone; unsent ones stay, under their owner's name only. */
  async leave() {
    for (const row of this.rows.values()) if (row.state !== "waiting") await this.forget(row);
  }

  async forget(row) {
    await this.store.remove("outbox", row.id);
    if (row.value?.photo) await this.store.remove("photos", row.value.photo);
  }
}

const byTime = (a, b) => a.composed_at - b.composed_at || (a.id < b.id ? -1 : 1);

/* What a pupil asks for besides answering: a hand, the pace. Each waits here until the server has answered, and is sent
   again on every welcome; a reload forgets it, because nobody waits for a hand of five minutes ago. */

import { uuid7 } from "./ids.js";
import { RETRY } from "./live.js";

const FADES = 180000;

export class Signals {
  /** `send(frame)` sends now if it can; `change()` is told when what `standing` says may be another thing. */
  constructor(send, now, change) {
    Object.assign(this, { send, now, change });
    this.asked = new Map();
    this.me = {};
  }

  /** What stands: the server's word, and what is still on its way. */
  get standing() {
    const { hand, is_called: isCalled, pace } = this.me;
    const isFresh = pace && this.now() - pace.at < FADES;
    const waits = new Set([...this.asked.values()].map(({ action }) => ({ pace: "pace", react: "react" })[action] ?? "hand"));
    return { hand, isCalled: Boolean(isCalled), pace: isFresh ? pace.what : null, waits };
  }

  hand() {
    const { hand, isCalled, waits } = this.standing;
    if (!waits.has("hand")) this.ask({ action: hand || isCalled ? "lower" : "raise" });
  }

  /** Said again, it is taken back. */
  pace(what) {
    const { pace, waits } = this.standing;
    if (!waits.has("pace")) this.ask({ action: "pace", what: pace === what ? null : what });
  }

  /** What one said of others' posts, by number; what is on its way counts. */
  get said() {
    const said = { ...this.me.reactions };
    for (const { action, post, what } of this.asked.values()) if (action === "react") said[post] = what;
    return said;
  }

  ask(step) {
    this.again({ t: "signal", id: uuid7(), ...step });
  }

  again(frame) {
    this.asked.set(frame.id, frame);
    this.send(frame);
    this.change();
  }

  welcomed() {
    for (const frame of this.asked.values()) this.send(frame);
  }

  /** Whether this ack was one's own. */
  acked({ re }) {
    const frame = this.asked.get(re);
    if (!frame) return false;
    this.asked.delete(re);
    const { action, what, post } = frame;
    if (action === "react") this.me = { ...this.me, reactions: { ...this.me.reactions, [post]: what } };
    else if (action === "pace") this.me = { ...this.me, pace: what && { what, at: this.now() } };
    else this.me = { ...this.me, hand: action === "raise" ? this.now() : null, is_called: false };
    this.change(frame);
    return true;
  }

  /** Refused for good: what the server says next is how it stands. */
  refused({ re, code, retry_after: after = 1 }) {
    const frame = this.asked.get(re);
    if (!frame) return false;
    if (RETRY.has(code)) setTimeout(() => this.asked.has(re) && this.send(frame), 1000 * after * (1 + Math.random()));
    else this.asked.delete(re);
    this.change();
    return true;
  }
}

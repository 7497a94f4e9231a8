/* Steering a lesson: one command, answered by an ack or a refusal; sent again when it was only busy or lost.

   A step belongs to the moment in which it was pressed. What a lost network held back waits in this tab, over a reload
   too (ids alone, no name), and is sent when the network is back if the lesson still stands where it stood then and no
   more than two minutes are gone. Otherwise it is left out, and said: nobody wants a question locked that is not there
   any more. */

import { uuid7 } from "./ids.js";
import { Live, RETRY } from "./live.js";
import { boot, post } from "./page.js";
import { Waiting, placeOf } from "./waiting.js";

const BAD_TICKET = 4500;
const GONE = new Set([403, 404]);
const AWAY = new Set(["away", "connecting"]);

export class Steering {
  /** Besides the events of a connection: `waits(steps)` when what waits for the network changes, `dropped(steps)` for
      what is not sent any more, `failed(step, code)` for what was refused, `done(step)`. */
  constructor(on) {
    this.on = on;
    this.waiting = new Waiting(boot.seat.renew);
    this.asked = new Map(this.waiting.kept().map((row) => [row.command.id, { ...row, wasHeld: true }]));
    this.live = new Live(
      { ...boot.seat, locale: document.documentElement.lang, renew: () => this.renew() },
      {
        ...on,
        state: (frame) => {
          if (frame.state) this.place = placeOf(frame.state);
          on.state?.(frame);
        },
        ack: ({ re }) => this.settle(re),
        refuse: (frame) => this.refused(frame),
        welcome: (frame) => {
          this.offer(frame.acked ?? []);
          on.welcome?.(frame);
        },
        link: (status) => {
          if (AWAY.has(status)) for (const row of this.asked.values()) row.waits = row.wasHeld = true;
          this.changed();
          on.link?.(status);
        },
      },
    );
    addEventListener("beforeunload", (event) => this.asked.size && !this.waiting.isKept && event.preventDefault());
  }

  /** A fresh ticket; whoever may see this lesson no more is taken to the page that says so. */
  async renew() {
    try {
      return (await post(boot.seat.renew)).seat.ticket;
    } catch (fault) {
      if (GONE.has(fault.status)) this.live.end(BAD_TICKET);
      throw fault;
    }
  }

  start() {
    this.live.start();
    this.changed();
  }

  /** Asks for a step such as {action: "close", activity: "…"}. */
  ask(step) {
    if (!step) return;
    const command = { t: "steer", id: uuid7(), ...step };
    const waits = !this.live.send(command);
    this.asked.set(command.id, { command, at: Date.now(), place: this.place, waits, wasHeld: waits });
    this.changed();
    return command.id;
  }

  /** The network is back: what is in the log is done; the rest is sent, or left out where it is too late for it. */
  offer(acked) {
    acked.forEach((id) => this.settle(id));
    const late = [...this.asked.values()].filter((row) => row.waits && !Waiting.isDue(row, this.place));
    late.forEach(({ command }) => this.asked.delete(command.id));
    for (const row of this.asked.values()) row.waits = !this.live.send(row.command);
    this.changed();
    if (late.length) this.on.dropped?.(late.map(({ command }) => command));
  }

  /** The teacher wants none of what waits. */
  forget() {
    for (const [id, { waits }] of this.asked) if (waits) this.asked.delete(id);
    this.changed();
  }

  settle(id) {
    const row = this.asked.get(id);
    this.asked.delete(id);
    this.changed();
    if (row) this.on.done?.(row.command);
  }

  refused({ re, code, retry_after: after = 1 }) {
    const row = this.asked.get(re);
    if (!row) return;
    if (RETRY.has(code)) return setTimeout(() => this.asked.has(re) && this.live.send(row.command), after * 1000);
    this.asked.delete(re);
    this.changed();
    // Another screen was faster: the state that is on its way says so. What the network held back came too late.
    if (code !== "not_open") this.on.failed?.(row.command, code);
    else if (row.wasHeld) this.on.dropped?.([row.command]);
  }

  changed() {
    this.waiting.keep([...this.asked.values()]);
    this.on.waits?.([...this.asked.values()].filter(({ waits }) => waits).map(({ command }) => command));
  }
}

/* Steering a lesson: one command, answered by an ack or a refusal; sent again when it was only busy or lost. */

import { uuid7 } from "./ids.js";
import { Live } from "./live.js";
import { boot, post } from "./page.js";

const RETRY = new Set(["busy", "rate_limited", "internal"]);

export class Steering {
  constructor(on) {
    this.asked = new Map();
    this.on = on;
    this.live = new Live(
      { ...boot.seat, locale: document.documentElement.lang, renew: () => post(boot.seat.renew).then(({ seat }) => seat.ticket) },
      {
        ...on,
        ack: ({ re }) => this.settle(re),
        refuse: (frame) => this.refused(frame),
        welcome: (frame) => {
          for (const command of this.asked.values()) this.live.send(command);
          on.welcome?.(frame);
        },
      },
    );
  }

  start() {
    this.live.start();
  }

  /** Asks for a step such as {action: "close", activity: "…"}. */
  ask(step) {
    if (!step) return;
    const command = { t: "steer", id: uuid7(), ...step };
    this.asked.set(command.id, command);
    this.live.send(command);
    return command.id;
  }

  settle(id) {
    const command = this.asked.get(id);
    this.asked.delete(id);
    if (command) this.on.done?.(command);
  }

  refused({ re, code, retry_after: after = 1 }) {
    const command = this.asked.get(re);
    if (!command) return;
    if (RETRY.has(code)) return setTimeout(() => this.asked.has(re) && this.live.send(command), after * 1000);
    this.asked.delete(re);
    // Another screen was faster: the state that is on its way says so.
    if (code !== "not_open") this.on.failed?.(command, code);
  }
}

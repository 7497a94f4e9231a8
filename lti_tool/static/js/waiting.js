/* Steps of a lesson that a lost network holds back, in this tab alone: a reload keeps them, closing the tab ends them.

   Rows: {command, at, place, waits}. `at` is when the step was pressed, `place` where the lesson stood then. */

import { keep, kept } from "./tab.js";

const PREFIX = "giotay-steps:";
const LASTS_MS = 120000;

/** Where a lesson stands, as far as a step depends on it; of a teacher's state. */
export function placeOf({ phase, admitting, paused, talk, current }) {
  return JSON.stringify([phase, admitting, Boolean(paused), Boolean(talk), current && [current.id, current.round, current.is_open, current.shown ?? []]]);
}

/** How many steps of the lesson with this id wait in this tab. */
export function waitingIn(run) {
  try {
    const keys = Object.keys(sessionStorage).filter((key) => key.startsWith(PREFIX) && key.includes(`/runs/${run}/`));
    return keys.reduce((n, key) => n + kept(key).length, 0);
  } catch {
    return 0;
  }
}

export class Waiting {
  isKept = true;

  /** `screen`: what tells this screen of this lesson from every other. */
  constructor(screen) {
    this.key = PREFIX + screen;
  }

  /** Whether a step may still be sent, the lesson standing at `place`. */
  static isDue(row, place) {
    return row.place === place && Date.now() - row.at <= LASTS_MS;
  }

  kept() {
    return (kept(this.key) ?? []).map((row) => ({ ...row, waits: true }));
  }

  keep(rows) {
    // Where the tab keeps nothing, the steps last as long as the page.
    if (!keep(this.key, rows.length ? rows : null)) this.isKept = false;
  }
}

/* For how long somebody could look at this page without a break: not while it is hidden, nor while the phone sleeps, which
   not every browser says. Durations are by a clock that nobody sets; a jump of the other one is a break too. */

const EVERY = 5000;
const BREAK = 15000;

let since = performance.now();
let ticked = Date.now();

function tick() {
  if (document.hidden || Math.abs(Date.now() - ticked) > BREAK) since = performance.now();
  ticked = Date.now();
}

setInterval(tick, EVERY);
document.addEventListener("visibilitychange", () => (since = performance.now()));

/** In ms, until now. */
export function lookedAt() {
  tick();
  return performance.now() - since;
}

/* The screen stays on while the lesson does: a phone that sleeps is silent, and its pupil looks absent. Where the
   browser has no such lock (plain http), nothing happens. */

let lock = null;

async function hold() {
  const isOn = ["lobby", "running"].includes(document.body.dataset.phase) && document.visibilityState === "visible";
  if (isOn && (!lock || lock.released)) lock = await navigator.wakeLock.request("screen").catch(() => null);
  else if (!isOn) await lock?.release();
}

if ("wakeLock" in navigator) {
  document.addEventListener("visibilitychange", hold);
  new MutationObserver(hold).observe(document.body, { attributeFilter: ["data-phase"] });
  hold();
}

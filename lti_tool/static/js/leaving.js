/* How often this phone left the page, counted only while the teacher does and told on the page itself. It is said on
   coming back, and not at all of a glance, of a screen that slept through a pause, or while the question itself sends
   pupils elsewhere: to look something up, to take a photo. */

import { $, boot, el, icon, post, t } from "./page.js";

const GLANCE_MS = 5000;
const said = el("span");
const note = el("p", { class: "small ph-leaving" }, icon("eye", 16), " ", said);
let isOn = false;
let since = 0;

const isSentAway = () => Boolean($("#question:not([hidden]) :is([data-task], input[type=file])"));
const isCounted = () => isOn && document.body.dataset.phase === "running" && !isSentAway();

document.addEventListener("visibilitychange", () => {
  if (document.visibilityState === "hidden") since = isCounted() ? Date.now() : 0;
  else if (since && Date.now() - since >= GLANCE_MS) post(boot.seat.left).catch(() => {});
});

/** Shows that it is counted, or that this question does not count it, or takes that away. */
export function tell(counts) {
  isOn = Boolean(counts);
  said.textContent = t(isSentAway() ? "phone.leaving_task" : "phone.leaving");
  if (isOn) $("#main").append(note);
  else note.remove();
}

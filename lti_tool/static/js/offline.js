/* A teacher's page of a running lesson, opened again without a network: says so, counts what waits in this browser, and
   comes back by itself. It knows no name: none is kept on a device. */

import { $, boot, clock, el, t, themes } from "./page.js";
import { openStore } from "./store.js";
import { waitingIn } from "./waiting.js";

const FIRST_MS = 2000;
const AGAIN_MS = 5000;
const WORDS = ["room", "home", "excused", "absent", "open"];
const run = location.pathname.match(/\/runs\/(\w+)\//)?.[1];

/** Taps of the roll call that wait, of whichever teacher of this lesson: each is sent under its own name only. */
async function showKept() {
  const store = await openStore();
  const rows = (await store.all("outbox")).filter(({ owner }) => run && owner?.startsWith(`roll.${run}.`));
  const newest = new Map(
    rows.sort((a, b) => a.said_at - b.said_at || (a.id < b.id ? -1 : 1)).map(({ who, word }) => [who, word]),
  );
  const told = rows.length ? t("offline.roll_count", { taps: rows.length, n: newest.size }) : t("offline.roll_none");
  $("#kept").textContent = store.isKept ? told : t("offline.memory");
  const said = [...newest.values()];
  const count = (word) => el("b", {}, String(said.filter((one) => one === word).length));
  const spoken = WORDS.filter((word) => said.includes(word));
  const chips = spoken.map((word) => el("li", { class: "chip" }, t(`offline.word.${word}`), " ", count(word)));
  $("#words").replaceChildren(...chips);
}

/** Steps of the lesson that were pressed without a network. */
function showSteps() {
  const steps = run ? waitingIn(run) : 0;
  $("#steps").hidden = !steps;
  $("#steps-count").textContent = t("offline.steps_count", { n: steps });
}

/** The address itself is tried only when the server answers, so that nothing flickers; never where the shell is at home. */
async function look() {
  $("#tried").textContent = t("offline.tried", { time: clock(Date.now()) });
  const answer = await fetch(boot.health, { cache: "no-store" }).catch(() => null);
  if (answer?.ok && run) location.reload();
}

themes();
showSteps();
showKept().catch(() => ($("#kept").textContent = t("offline.memory")));
$("#again").addEventListener("click", look);
addEventListener("online", look);
addEventListener("visibilitychange", () => document.hidden || look());
setTimeout(look, FIRST_MS);
setInterval(look, AGAIN_MS);

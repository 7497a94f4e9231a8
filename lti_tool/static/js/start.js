/* The lesson's start page: how many are here, whom to confirm, and the code that makes a phone the console. */

import { $, boot, complain, post, t } from "./page.js";
import { Steering } from "./steer.js";

const steering = new Steering({
  state: ({ state }) => {
    if (!state) return;
    if (state.phase === "ended") location.href = boot.report;
    const picked = (state.seats ?? []).filter(({ standing }) => standing === "picked").length;
    $("#claims").hidden = !picked;
    $("#claims-count").textContent = t("start.claims", { n: picked });
  },
  gauge: ({ gauge: { present } }) => {
    $("#here").textContent = present.room + present.home;
    $("#modes").textContent = t("start.modes", { a: present.room, b: present.home });
  },
  over: () => (location.href = boot.report),
});

$("#confirm").addEventListener("click", () => steering.ask({ action: "confirm" }));

const LASTS = 60;
let counting;

/** Covered until tapped, and again after a minute: this screen may be the one the class sees. */
$("#reveal").addEventListener("click", async () => {
  try {
    const { svg } = await post(boot.phone);
    $("#remote-code").innerHTML = svg;
  } catch (fault) {
    return complain(fault);
  }
  show(true);
  let left = LASTS;
  $("#remote-left").textContent = t("start.left", { n: left });
  clearInterval(counting);
  counting = setInterval(() => {
    left -= 1;
    $("#remote-left").textContent = t("start.left", { n: left });
    if (left <= 0) show(false);
  }, 1000);
});

function show(isShown) {
  $("#remote-code").hidden = $("#remote-left").hidden = !isShown;
  $("#reveal").hidden = isShown;
  if (isShown) return;
  clearInterval(counting);
  $("#remote-code").replaceChildren();
}

steering.start();

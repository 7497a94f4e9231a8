/* A group phone: who answers by it, said on the page as long as it is so. The names come to this phone alone. */

import { $, el, get, icon, t } from "./page.js";

let shown = "";

/** `team` is [number, size], or nothing where the pupil answers alone. */
export async function tell(team) {
  const now = team ? team.join() : "";
  if (now === shown) return;
  shown = now;
  if (!$("#together")) $(".ph-foot").prepend(el("div", { class: "ph-in" }, el("p", { id: "together", class: "small grow", role: "status" })));
  const box = $("#together");
  for (const one of document.querySelectorAll(".ph-me .btn")) one.hidden = Boolean(team);
  if (!team) return box.replaceChildren(icon("users", 20), " ", t("phone.team_over"));
  box.replaceChildren(el("span", { class: "chip chip-board" }, icon("users", 16), t("phone.team", { n: team[1] })), " ", el("span", {}));
  try {
    const { names } = await get(location.pathname.replace(/lesson$/, "team"));
    if (shown === now) $("span:last-child", box).textContent = names.join(", ");
  } catch (fault) {
    if (fault.fault === "network") shown = ""; // the next state asks again
  }
}

/* A group phone: who answers by it, said on the page as long as it is so. The names come to this phone alone. */

import { $, $$, chip, el, get, icon, t } from "./page.js";

let shown = "";

/** `team` is [number, size], or nothing where the pupil answers alone. The group stands in the place of the one name. */
export async function tell(team) {
  const now = team ? team.join() : "";
  if (now === shown) return;
  shown = now;
  const line = $(".ph-me");
  if (!$("#together")) line.append(el("span", { id: "together", role: "status" }));
  const box = $("#together");
  line.toggleAttribute("data-team", Boolean(team));
  for (const one of $$(".btn", line)) one.hidden = Boolean(team);
  if (!team) return box.replaceChildren(icon("users", 20), " ", t("phone.team_over"));
  box.replaceChildren(chip("chip-board", "users", t("phone.team", { n: team[1] })), " ", el("span", {}));
  try {
    const { names } = await get(location.pathname.replace(/lesson$/, "team"));
    if (shown === now) $("span:last-child", box).textContent = names.join(", ");
  } catch (fault) {
    if (fault.fault === "network") shown = ""; // the next state asks again
  }
}

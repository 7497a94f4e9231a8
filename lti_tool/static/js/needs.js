/* What a pupil's page cannot do without a network: said on it, and the page stays. Loaded when the network goes. */

import { stay } from "./away.js";
import { $, el, icon, t } from "./page.js";

export function say() {
  $("#needs-network")?.remove();
  const said = el(
    "div",
    { class: "ph-main", id: "needs-network", role: "alert" },
    el(
      "div",
      { class: "banner banner-warn" },
      icon("wifi-off"),
      el("p", {}, el("b", {}, t("phone.offline")), " ", el("span", { class: "small" }, t("phone.needs_network"))),
    ),
  );
  $("#main").prepend(said);
  said.scrollIntoView({ block: "nearest" });
  return () => said.remove();
}

/** Forms and links, but those to pages that the browser keeps. */
export const watch = () => stay(say, ({ pathname }) => /\/(lesson|practice\/\w+)$/.test(pathname));

/* How a screen looks, as whoever stands before it likes it: kept on this device, sent nowhere. High contrast is one style
   sheet more; the system's own wish holds until somebody chooses. */

import { $, el, keep, kept } from "./page.js";

const LOOKS = ["light", "dark", "high"];
const NAME = "giotay-look";
const MORE = "(prefers-contrast: more), (forced-colors: active)";

/** Whether the system asks for more contrast. */
export const asksForMore = () => matchMedia(MORE).matches;

/** Puts high contrast on, or takes it off. */
export function contrast(isHigh) {
  const href = new URL("../css/contrast.css", import.meta.url).href;
  let link = $("#look-contrast");
  if (!link && !isHigh) return;
  if (!link) document.head.append((link = el("link", { rel: "stylesheet", id: "look-contrast", href })));
  link.media = isHigh ? "all" : "not all";
}

/** The projector's look: what was chosen on this machine, or what its system asks for; `next()` is the next of the three,
    and `told(name)` hears which one it is. */
export function looks(told) {
  let at = Math.max(0, LOOKS.indexOf(kept(NAME) ?? (asksForMore() ? "high" : "light")));
  const show = () => {
    document.documentElement.dataset.theme = LOOKS[at] === "dark" ? "dark" : "light";
    document.documentElement.dataset.look = LOOKS[at];
    contrast(LOOKS[at] === "high");
    told(LOOKS[at]);
  };
  show();
  return () => {
    at = (at + 1) % LOOKS.length;
    keep(NAME, LOOKS[at]);
    show();
  };
}

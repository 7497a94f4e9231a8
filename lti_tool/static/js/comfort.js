/* Larger text and stronger contrast, as this pupil likes it: kept on this phone, and nobody's to know. And what else
   stands in the menu only: the way to pass the phone on. */

import { asksForMore, contrast } from "./look.js";
import { $, boot, el, icon, keep, kept, t } from "./page.js";

const SIZES = ["1", "2", "3"];
const root = document.documentElement;

function show(box) {
  $("#text-size span", box).textContent = t(`phone.text.${root.dataset.text ?? "1"}`);
  $("#contrast", box).setAttribute("aria-pressed", String(root.dataset.contrast === "high"));
  contrast(root.dataset.contrast === "high");
}

/** Puts on what was chosen before, or what the system asks for, and two buttons into the menu to change it. */
export function comfort(box) {
  const button = (id, name, ...words) => el("button", { class: "btn", type: "button", id }, icon(name), ...words);
  $("#theme", box).before(button("text-size", "plus", el("span")), button("contrast", "eye", t("phone.contrast")));
  if (boot.seat && !boot.seat.alone)
    box.append(
      el("a", { class: "btn", href: location.pathname.replace(/lesson$/, "pass") }, icon("phone"), t("phone.pass")),
    );
  const size = kept("giotay-text");
  if (SIZES.includes(size)) root.dataset.text = size;
  const isHigh = (kept("giotay-contrast") ?? (asksForMore() ? "high" : "")) === "high";
  if (isHigh) root.dataset.contrast = "high";
  $("#text-size", box).addEventListener("click", () => {
    root.dataset.text = SIZES[(SIZES.indexOf(root.dataset.text ?? "1") + 1) % SIZES.length];
    keep("giotay-text", root.dataset.text);
    show(box);
  });
  $("#contrast", box).addEventListener("click", () => {
    root.dataset.contrast = root.dataset.contrast === "high" ? "" : "high";
    keep("giotay-contrast", root.dataset.contrast);
    show(box);
  });
  show(box);
}

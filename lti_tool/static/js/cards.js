/* What a post says, as elements: its text as text, never as markup, and a link that says where it leads. */

import { el, icon, t } from "./page.js";

const SHOWN = 40;

export function body({ text, link }) {
  const parts = text ? [el("p", { class: "pre" }, text)] : [];
  if (link) parts.push(el("p", {}, out(link)));
  return parts;
}

/** Only the web's own schemes: what else may stand in an address is no link here. */
function out(link) {
  let address;
  try {
    address = new URL(link);
  } catch {
    return link;
  }
  if (!/^https?:$/.test(address.protocol)) return link;
  const name = address.hostname + (address.pathname === "/" ? "" : readable(address.pathname));
  const shown = name.length > SHOWN ? `${name.slice(0, SHOWN)}…` : name;
  return el(
    "a",
    { class: "po-link", href: address.href, target: "_blank", rel: "noopener noreferrer nofollow ugc" },
    icon("external", 16),
    shown,
    el("span", { class: "vh" }, ` (${t("cards.new_window")})`),
  );
}

/** Letters as they are read: "/wiki/Tam_giác". */
function readable(path) {
  try {
    return decodeURI(path);
  } catch {
    return path;
  }
}

/** Their style comes with the first of them. */
export function styled() {
  const href = new URL("../css/posts.css", import.meta.url).href;
  if (!document.querySelector(`link[href="${href}"]`)) document.head.append(el("link", { rel: "stylesheet", href }));
}

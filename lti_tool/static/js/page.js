/* What every page's script shares: the boot data, words, a little DOM, posting with the page's own token. */

export const boot = JSON.parse(document.getElementById("boot")?.textContent || "{}");
boot.words ??= globalThis.giotayWords; // of a page whose words come as a file

const plural = new Intl.PluralRules(document.documentElement.lang);

/** The text of a key with its values: %(name)s; of a text with plural forms the one for `n`. */
export function t(key, values = {}) {
  const text = boot.words?.[key] ?? key;
  return (text[plural.select(values.n)] ?? text).replace(/%\((\w+)\)s/g, (_, name) => values[name] ?? "");
}

/** A number as the page's language writes it: the engine says 0,5. Any other text stays. */
export function pointed(option, text) {
  const own = option.replace("-", "−");
  return document.documentElement.lang === "vi" || !text.startsWith(own.replace(".", ","))
    ? text
    : own + text.slice(own.length);
}

/** The key in words. */
export const keyTexts = ({ options, texts }) => texts.map((text, n) => pointed(options[n] ?? "", text));

export const $ = (selector, root = document) => root.querySelector(selector);
export const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];

/** An element: el("p", {class: "small"}, "text", child…). Texts are texts, never markup. */
export function el(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === false || value == null) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.filter((child) => child != null && child !== false));
  return node;
}

const SVG = "http://www.w3.org/2000/svg";

export function svg(tag, attributes = {}, ...children) {
  const node = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  node.append(...children);
  return node;
}

const SPRITE = new URL("../icons.svg", import.meta.url).href;

export function icon(name, size = 20) {
  const use = svg("use", { href: `${SPRITE}#i-${name}` });
  return svg("svg", { class: "i", width: size, height: size, "aria-hidden": "true" }, use);
}

export const chip = (kind, name, text) => el("span", { class: `chip ${kind}` }, icon(name, 16), text);

/** Whether a button can be pressed; one that cannot stays where the keyboard finds it, and says why. */
export function allow(button, can, why) {
  if (can) button.removeAttribute("aria-disabled");
  else button.setAttribute("aria-disabled", "true");
  if (can || !why) button.removeAttribute("title");
  else button.title = why;
}

// Chromium knows MathML since 109. Before, a formula stands in one line, ½ as 12: there one style sheet more lays it out.
if (!("MathMLElement" in window))
  document.head.append(el("link", { rel: "stylesheet", href: new URL("../css/math.css", import.meta.url).href }));

/** JSON from an address, under the page's token. Throws {title, what, reference} in words with the `status`, or
    {fault: "network"} where nothing answered. */
export const get = (address) => request(address, { method: "GET" });

/** Posts JSON; a form or a file as it is. Answers and throws as `get` does. */
export function post(address, data = {}) {
  if (data instanceof FormData || data instanceof Blob) return request(address, { method: "POST", body: data });
  return request(address, { method: "POST", body: JSON.stringify(data) }, { "Content-Type": "application/json" });
}

async function request(address, how, headers = {}) {
  let answer;
  try {
    answer = await fetch(address, {
      ...how,
      headers: { Accept: "application/json", Authorization: `Bearer ${boot.token}`, ...headers },
    });
  } catch {
    throw { fault: "network" };
  }
  const body = await answer.json().catch(() => ({}));
  if (!answer.ok) throw { ...body, status: answer.status };
  return body;
}

/** Says in the page what went wrong, with what to do and the reference. */
export function complain(fault) {
  const said = el(
    "div",
    { class: "banner banner-bad", role: "alert" },
    icon("warning"),
    el(
      "p",
      {},
      el("b", {}, fault.title || t("desk.network")),
      ` ${fault.what || t("desk.network_what")} `,
      el("span", { class: "hint" }, fault.reference || ""),
    ),
  );
  $("#complaint")?.remove();
  said.id = "complaint";
  const sheet = $("dialog[open] .stack"); // it lies over the page, and hides what is said there
  sheet?.closest("dialog").addEventListener("close", () => said.remove(), { once: true });
  (sheet ?? $("main")).prepend(said);
  said.scrollIntoView({ block: "nearest" });
}

/** m:ss of milliseconds, never negative. */
export function minutes(ms) {
  const seconds = Math.max(0, Math.ceil(ms / 1000));
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}

/** 09:14:07 of the phone's own clock zone. */
export const clock = (ms) => new Date(ms).toLocaleTimeString("vi-VN", { hour12: false });

/** Menus close as menus do: by Escape, which gives the focus back, and by a press anywhere else. */
addEventListener("keydown", ({ key }) => {
  const open = key === "Escape" && $("details.menu[open]");
  if (!open) return;
  open.open = false;
  $("summary", open).focus();
});
addEventListener("pointerdown", ({ target }) =>
  $$("details.menu[open]").forEach((menu) => menu.contains(target) || (menu.open = false)),
);

/** A choice that was kept on this device; null for none. */
export function kept(name) {
  try {
    return localStorage.getItem(name);
  } catch {
    return null;
  }
}

/** Keeps a choice. A frame may refuse storage: then it lasts as long as the page. */
export function keep(name, value) {
  try {
    localStorage.setItem(name, value);
  } catch {
    /* As above. */
  }
}

/** The reader's choice of a light or dark page. */
export function themes(button) {
  const root = document.documentElement;
  const chosen = kept("giotay-theme");
  if (chosen) root.dataset.theme = chosen;
  button?.addEventListener("click", () => {
    const isDark =
      (root.dataset.theme || (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light")) === "dark";
    root.dataset.theme = isDark ? "light" : "dark";
    keep("giotay-theme", root.dataset.theme);
  });
}

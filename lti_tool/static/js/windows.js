/* What only pages of a desk open: another of our windows, and a question before what cannot be undone. No phone loads it. */

import { boot, el, post, t } from "./page.js";

/** Opens one of our own pages in a window, by a one-time code that is posted, never in the address. */
export async function openWindow(to, target = "_blank") {
  const { code } = await post(boot.window, { to });
  const form = el("form", { method: "post", action: boot.enter, target, hidden: true }, el("input", { type: "hidden", name: "code", value: code }));
  document.body.append(form);
  form.submit();
  form.remove();
}

/** Asks before something that cannot be undone. The browser's own dialogs are refused inside an LMS's frame. */
export function ask(question, yes) {
  return new Promise((resolve) => {
    const dialog = el(
      "dialog",
      { class: "sheet", "aria-labelledby": "sure-ask" },
      el(
        "form",
        { class: "stack", method: "dialog" },
        el("h2", { id: "sure-ask" }, question),
        el("div", { class: "row" }, el("button", { class: "btn", value: "" }, t("desk.cancel")), el("button", { class: "btn btn-primary", value: "yes" }, yes)),
      ),
    );
    dialog.addEventListener("close", () => {
      resolve(dialog.returnValue === "yes");
      dialog.remove();
    });
    document.body.append(dialog);
    dialog.showModal();
  });
}

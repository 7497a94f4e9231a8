/* Every desk page: the window button, printing, questions before what cannot be undone, forms that say they are busy. */

import "./alone.js";
import { stay } from "./away.js";
import { $, $$, boot, complain, t } from "./page.js";
import { ask, openWindow } from "./windows.js";

const DOUBLE_MS = 1000;

function say(isForm) {
  complain({ title: t("desk.network"), what: t(isForm ? "desk.network_what" : "desk.network_page") });
  release();
  for (const form of $$("form[data-sent]")) [form.dataset.changed, form.sentAt] = ["yes", null]; // it went nowhere
  return () => $("#complaint")?.remove();
}

const release = () => $$("[aria-busy=true]").forEach((node) => node.removeAttribute("aria-busy"));

stay((node) => say(node.matches("form")));
// The browser holds itself to be online, and the network leads nowhere: the service worker let the page stay.
navigator.serviceWorker?.addEventListener("message", ({ data }) => say(data.unsent === "POST"));

for (const button of $$("[data-window]")) {
  // In a window of its own there is nothing to open: the header's button is for frames.
  if (button.dataset.window === location.pathname && window.top === window) button.hidden = true;
  button.addEventListener("click", async () => {
    button.setAttribute("aria-busy", "true");
    await openWindow(button.dataset.window).catch(complain);
    button.removeAttribute("aria-busy");
  });
}

// Where one is stays in sight, however narrow the bar of links is.
const here = $(".nav [aria-current]");
if (here) {
  const [bar, link] = [here.parentElement.getBoundingClientRect(), here.getBoundingClientRect()];
  here.parentElement.scrollLeft += link.left + link.width / 2 - bar.left - bar.width / 2;
}

for (const button of $$("[data-print]")) button.addEventListener("click", () => print());
// What is folded away on the screen stands on paper, but for what would make ten pages of one.
addEventListener("beforeprint", () => $$("main details:not(.menu, [data-stays])").forEach((one) => (one.open = true)));
// Over plain http, but for this computer itself, a browser has no clipboard for pages: then there is no button.
for (const button of $$("[data-copy]")) {
  button.hidden = !navigator.clipboard;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(button.dataset.copy);
    // Seen on the button, and heard from what stands after it.
    for (const one of [button.querySelector("span"), button.nextElementSibling]) one.textContent = button.dataset.copied;
  });
}

for (const form of $$("form[method=post]")) {
  form.addEventListener("submit", async (event) => {
    const { submitter } = event;
    const question = submitter?.dataset.ask;
    if (question && !form.dataset.agreed) {
      event.preventDefault();
      if (!(await ask(question, submitter.textContent.trim()))) return;
      form.dataset.agreed = "yes";
      return form.requestSubmit(submitter);
    }
    delete form.dataset.agreed;
    // One press, where a finger or a mouse makes two of it; after that the server knows what it has.
    if (form.sentAt && event.timeStamp - form.sentAt < DOUBLE_MS) return event.preventDefault();
    form.sentAt = event.timeStamp;
    form.toggleAttribute("data-sent", "changed" in form.dataset);
    delete form.dataset.changed;
    submitter?.setAttribute("aria-busy", "true");
  });
}

// Forms that are sent by a button: leaving with something ticked or typed is asked about.
for (const form of $$("form[data-keep]")) form.addEventListener("input", () => (form.dataset.changed = "yes"));
addEventListener("beforeunload", (event) => {
  if ($("form[data-changed]")) event.preventDefault();
});
addEventListener("pageshow", release);

export { $, boot };

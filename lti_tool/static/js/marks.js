/* Pages of marks: a typed mark ticks its row, one press ticks what has a proposal, a phrase goes into its comment. */

import { $, $$ } from "./page.js";

document.documentElement.dataset.js = "";

const told = (node) => node.dispatchEvent(new Event("input", { bubbles: true }));

for (const field of $$("[data-mark]")) {
  field.addEventListener("input", () => {
    $("input[type=checkbox]", field.closest("tr")).checked = true;
  });
}

$("[data-accept]")?.addEventListener("click", (event) => {
  for (const box of $$("[data-proposed]")) box.checked = true;
  told(event.target);
});

for (const button of $$("[data-phrase]")) {
  button.addEventListener("click", () => {
    const field = document.getElementById(button.dataset.phrase);
    field.value = [field.value.trim(), button.textContent.trim()].filter(Boolean).join(" ").slice(0, field.maxLength);
    field.focus();
    told(field);
  });
}

/* What was said of the first of a group, for all of it; each can still be changed. */
for (const button of $$("[data-alike]")) {
  button.addEventListener("click", () => {
    const [first, ...others] = $$("[data-member]", button.closest("[data-team]"));
    for (const said of $$("[data-criterion]", first)) {
      for (const one of others) $(`[data-criterion=${said.dataset.criterion}]`, one).value = said.value;
    }
    told(button);
  });
}

for (const every of $$("[data-every]")) {
  every.addEventListener("change", () => {
    for (const box of $$("input[name=q]:enabled", every.closest("[data-all]"))) box.checked = every.checked;
  });
}

/* Trying a question as a pupil: everything can be touched, nothing is kept. */

import { AnswerForm } from "./form.js";
import { $, el, icon, t } from "./page.js";

const form = new AnswerForm($("#question"), (value) => {
  form.paint({ value, state: "saved", isOpen: true });
  $("#status").replaceChildren(el("div", { class: "banner banner-info" }, icon("eye"), el("p", {}, el("b", {}, t("preview.only")),)));
});
// An activity with several posts has a form of its own.
$("#question form[data-posts]")?.addEventListener("submit", (event) => {
  event.preventDefault();
  form.answer();
});
form.paint({ value: null, state: "open", isOpen: true });
$("#question").inert = false; // what is touched before this line would be touched in vain

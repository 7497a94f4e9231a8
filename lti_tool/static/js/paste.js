/* Questions from a clipboard: its HTML says what was underlined or coloured, so that is what goes to the server. */

import { lean } from "./clip.js";
import { $, complain, post, t } from "./page.js";
import { keep, kept } from "./tab.js";

const clip = $("#clip");
const main = $("#main");
let html = "";
let questions = [];

clip.addEventListener("paste", ({ clipboardData }) => {
  html = lean(clipboardData.getData("text/html"));
  if (html) setTimeout(look); // after the text has arrived in the field
});
clip.addEventListener("input", ({ inputType }) => {
  if (inputType !== "insertFromPaste") html = ""; // what was typed since is not in it
});
$("#look").addEventListener("click", look);
$("#gift").addEventListener("change", async ({ target }) => {
  const [file] = target.files;
  if (!file) return;
  html = "";
  clip.value = await file.text();
  target.value = "";
  look();
});
$("#add").addEventListener("click", add);

async function look() {
  try {
    const said = await post(main.dataset.look, { text: clip.value, html });
    questions = said.questions;
    $("#report").innerHTML = said.html;
    $("#pasted").hidden = false;
    $("#add").hidden = !questions.length;
    $("#add span").textContent = t("paste.add", { n: questions.length });
    $("#report h2").focus();
  } catch (fault) {
    complain(fault);
  }
}

async function add() {
  try {
    const { address } = await post(main.dataset.add, { questions });
    location.assign(address);
  } catch (fault) {
    complain(fault);
  }
}

const carried = kept("giotay-clip");
if (carried) {
  keep("giotay-clip", null);
  clip.value = carried.text;
  html = lean(carried.html);
  look();
}

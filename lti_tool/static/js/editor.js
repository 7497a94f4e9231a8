/* The editor: what is typed is saved by itself, checked by the server, and shown as pupils will see it. */

import { $, $$, boot, complain, post, t } from "./page.js";

const SETTLE = 600;
const main = $("#main");
const box = $("#activity");
const saved = $("#saved");

// --- the lesson -------------------------------------------------------------------------------------------------------

const lesson = () => ({
  title: $("#lesson-title").value,
  minutes: Number($("#lesson-minutes").value),
  objectives: $("#lesson-objectives").value.split("\n"),
});

// --- one activity: the form as content --------------------------------------------------------------------------------

const text = (name) => $(`[data-content="${name}"]`)?.value ?? "";
const picked = (name) => $(`input[name="${name}"]:checked`)?.value;
const point = (value) => value.trim().replace(",", ".");

const contents = {
  single: choice, multiple: choice,
  true_false: () => ({ key: { true: true, false: false }[picked("key")] ?? null }),
  cluster: () => ({
    statements: $$("[data-statement]").map((set) => ({
      text: $("[data-text]", set).value,
      key: { true: true, false: false }[picked(`key-${set.dataset.statement}`)] ?? null,
    })),
  }),
  short: () => ({ accepted: $("#accepted").value.split("\n").map((line) => line.trim()).filter(Boolean), accents: $("#accents").checked }),
  number: () => ({ answer: point(text("answer")), tolerance: point(text("tolerance")) || "0", unit: text("unit").trim(), relative: $("#relative").checked }),
  open: () => ({ limit: Number($("#limit").value) || 2000, photo: $("#takes-photo").checked }),
};

function choice() {
  const rows = $$(".choice").filter((row) => !row.hidden);
  return {
    options: rows.map((row) => ({ text: $("[data-text]", row).value, why: $("[data-why]", row).value })),
    key: rows.filter((row) => $("[name=key]", row).checked).map((row) => row.dataset.option),
  };
}

function image() {
  const shown = $("#picture-shown");
  return shown.dataset.id ? { image: { id: shown.dataset.id, alt: $("#picture-alt").value } } : {};
}

const change = () => ({
  title: $("#title").value,
  points: Number($("#points").value),
  seconds: Number($("#seconds").value) || null,
  objective: $("#objective").value || null,
  content: { prompt: text("prompt"), explanation: text("explanation"), ...image(), ...contents[box.dataset.kind]() },
});

// --- saving -----------------------------------------------------------------------------------------------------------

const waiting = { lesson: null, activity: null };
let isSaving = false;

function later(what) {
  clearTimeout(waiting[what]);
  waiting[what] = setTimeout(() => save(what), SETTLE);
  if (saved) saved.textContent = t("editor.saving");
}

async function save(what) {
  waiting[what] = null;
  if (isSaving) return later(what);
  isSaving = true;
  try {
    if (what === "lesson") await post(main.dataset.lesson, lesson());
    else shown(await post(box.dataset.save, change()));
    if (saved) saved.textContent = t("editor.saved", { time: new Date().toTimeString().slice(0, 5) });
  } catch (fault) {
    if (saved) saved.textContent = t("editor.not_saved");
    if (fault.fault === "network") waiting[what] = setTimeout(() => save(what), 3000);
    else complain(fault);
  } finally {
    isSaving = false;
  }
}

addEventListener("beforeunload", (event) => {
  if (waiting.lesson || waiting.activity || isSaving) event.preventDefault();
});
addEventListener("pagehide", () => {
  for (const [what, address] of [["lesson", main.dataset.lesson], ["activity", box?.dataset.save]]) {
    if (!waiting[what]) continue;
    const body = JSON.stringify(what === "lesson" ? lesson() : change());
    fetch(address, { method: "POST", keepalive: true, headers: { "Content-Type": "application/json", Authorization: `Bearer ${boot.token}` }, body });
  }
});

/** The server's word on what was saved: faults by field, the preview, the title in the plan. */
function shown({ faults, preview, title }) {
  for (const line of $$("[data-fault]")) {
    const fault = faults[line.dataset.fault];
    line.hidden = !fault;
    if (fault) $("span", line).textContent = fault;
  }
  page.preview = preview;
  showPreview();
  const current = $("#plan [aria-current]");
  if (current) $(".plan-title", current).textContent = title;
}

const page = { preview: null, kind: "phone" };

function showPreview() {
  if (page.preview) $("#preview").innerHTML = page.preview[page.kind];
}

// --- what can be pressed ----------------------------------------------------------------------------------------------

for (const id of ["lesson-title", "lesson-minutes", "lesson-objectives"]) $(`#${id}`).addEventListener("input", () => later("lesson"));
if (box) startActivity();

function startActivity() {
  box.addEventListener("input", (event) => event.target.type !== "file" && later("activity"));
  box.addEventListener("change", (event) => event.target.type !== "file" && later("activity"));
  for (const button of $$("[data-show]")) {
    button.addEventListener("click", async () => {
      page.kind = button.dataset.show;
      $$("[data-show]").forEach((other) => other.setAttribute("aria-pressed", String(other === button)));
      if (!page.preview) await save("activity");
      showPreview();
    });
  }
  $("#option-add")?.addEventListener("click", () => showOption(true));
  $("#option-remove")?.addEventListener("click", () => showOption(false));
  $("#picture").addEventListener("change", addPicture);
  $("#picture-remove").addEventListener("click", () => showPicture("", ""));
  box.addEventListener("paste", pastePicture);
  startFormula();
}

function showOption(isMore) {
  const rows = $$(".choice");
  const count = rows.filter((row) => !row.hidden).length;
  if (isMore ? count >= rows.length : count <= 2) return;
  const row = rows[isMore ? count : count - 1];
  row.hidden = !isMore;
  if (isMore) $("[data-text]", row).focus();
  later("activity");
}

async function addPicture({ target }) {
  const [file] = target.files;
  if (file) await sendPicture(file);
  target.value = "";
}

function pastePicture(event) {
  const file = [...event.clipboardData.files].find(({ type }) => type.startsWith("image/"));
  if (!file) return;
  event.preventDefault();
  sendPicture(file);
}

async function sendPicture(file) {
  const form = new FormData();
  form.append("picture", file);
  try {
    const { id, address } = await post(main.dataset.pictures, form);
    showPicture(id, address);
    $("#picture-alt").focus();
  } catch (fault) {
    complain(fault);
  }
}

function showPicture(id, address) {
  const shownPicture = $("#picture-shown");
  shownPicture.dataset.id = id;
  if (address) shownPicture.src = address;
  $("#picture-box").hidden = !id;
  later("activity");
}

// --- formulas ---------------------------------------------------------------------------------------------------------

let field = null;

function startFormula() {
  box.addEventListener("focusin", ({ target }) => target.matches("textarea, input.input") && (field = target));
  $("#formula").addEventListener("click", () => {
    $("#latex").value = "";
    $("#formula-shown").replaceChildren();
    $("#formula-box").showModal();
    $("#latex").focus();
  });
  $("#samples").addEventListener("click", ({ target }) => {
    const button = target.closest("button");
    if (!button) return;
    const input = $("#latex");
    input.setRangeText(button.value, input.selectionStart, input.selectionEnd, "end");
    input.focus();
    showFormula();
  });
  let settling;
  $("#latex").addEventListener("input", () => {
    clearTimeout(settling);
    settling = setTimeout(showFormula, 250);
  });
  $("#formula-box").addEventListener("close", ({ target }) => target.returnValue === "insert" && insertFormula());
}

async function showFormula() {
  const { html } = await post(boot.formula, { text: `\\(${$("#latex").value}\\)` }).catch(() => ({ html: "" }));
  $("#formula-shown").innerHTML = html;
}

function insertFormula() {
  const latex = $("#latex").value.trim();
  const target = field ?? $("#prompt");
  if (!latex) return;
  target.setRangeText(`\\(${latex}\\)`, target.selectionStart ?? target.value.length, target.selectionEnd ?? target.value.length, "end");
  target.focus();
  later("activity");
}

// --- the order, by drag; the menu moves up and down without one ---------------------------------------------------------

let dragged = null;
for (const li of $$("#plan li[data-uid]")) {
  li.draggable = true;
  li.addEventListener("dragstart", () => (dragged = li));
  li.addEventListener("dragover", (event) => {
    event.preventDefault();
    if (!dragged || dragged === li) return;
    const isAfter = event.clientY > li.getBoundingClientRect().top + li.offsetHeight / 2;
    li.parentNode.insertBefore(dragged, isAfter ? li.nextSibling : li);
  });
  li.addEventListener("drop", (event) => event.preventDefault());
  li.addEventListener("dragend", async () => {
    dragged = null;
    await post(main.dataset.order, $$("#plan li").map((one) => one.dataset.uid)).catch(complain);
    $$("#plan li").forEach((one, index) => {
      const label = $(".grow", one).firstChild;
      label.textContent = `${index + 1}. `;
    });
  });
}


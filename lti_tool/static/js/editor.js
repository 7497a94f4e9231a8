/* The editor: what is typed is saved by itself, checked by the server, and shown as pupils will see it. */

import { insert, isShaped, lean } from "./clip.js";
import { changeRows, contentOf, termsOf } from "./contents.js";
import { dropDraft, keepDraft, sendDrafts } from "./draft.js";
import { $, $$, boot, complain, icon, post, t } from "./page.js";
import { read, shrink } from "./photo.js";
import { keep } from "./tab.js";
import { ask } from "./windows.js";

const SETTLE = 600;
const AGAIN = 3000;
const main = $("#main");
const box = $("#activity");

// --- the lesson -------------------------------------------------------------------------------------------------------

const lesson = () => ({
  title: $("#lesson-title").value,
  minutes: Number($("#lesson-minutes").value),
  objectives: $("#lesson-objectives").value.split("\n"),
  nameless: $("#lesson-nameless").checked,
});

// --- one activity: the form as content --------------------------------------------------------------------------------

function image() {
  const shown = $("#picture-shown");
  return shown.dataset.id ? { image: { id: shown.dataset.id, alt: $("#picture-alt").value } } : {};
}

const change = () => ({
  title: $("#title").value,
  points: Number($("#points").value),
  seconds: Number($("#seconds").value) || null,
  objective: $("#objective").value || null,
  content: { ...image(), ...contentOf(box) },
  terms: termsOf(box),
});

// --- saving -----------------------------------------------------------------------------------------------------------

const waiting = { lesson: null, activity: null };
let underway = Promise.resolve();
let inFlight = 0;
const refused = new Set(); // what was not taken, until it is

const isUnsaved = () => Boolean(waiting.lesson || waiting.activity || inFlight || refused.size);

/** Says where saving stands: "saving", "saved", "offline" or "failed". Readers hear of trouble and of its end, not of every key. */
function say(state, text) {
  const chip = $("#saved");
  const was = chip.dataset.state;
  chip.dataset.state = state;
  chip.className = { saved: "chip", saving: "chip" }[state] ?? "chip chip-warn";
  chip.replaceChildren(icon({ saved: "check", saving: "clock" }[state] ?? "warning", 16), text);
  const isTrouble = state === "offline" || state === "failed";
  if (isTrouble || (state === "saved" && $("#saved-said").textContent && was !== "saved")) $("#saved-said").textContent = text;
}

function later(what, wait = SETTLE) {
  clearTimeout(waiting[what]);
  waiting[what] = setTimeout(() => save(what), wait);
  if (wait === SETTLE) say("saving", t("editor.saving"));
  $("#undo").disabled = false;
  $("#redo").hidden = true;
}

/** One after the other, so that an older text never lands on a newer one. True when it was kept. */
function save(what) {
  clearTimeout(waiting[what]);
  waiting[what] = null;
  inFlight += 1;
  const kept = underway.then(() => send(what)).finally(() => (inFlight -= 1));
  underway = kept;
  return kept;
}

const addressOf = (what) => (what === "lesson" ? main.dataset.lesson : box.dataset.save);

async function send(what) {
  refused.add(what);
  if (what === "lesson" && !isMinutes()) return false;
  const [address, said] = [addressOf(what), what === "lesson" ? lesson() : change()];
  try {
    const answer = await post(address, said);
    dropDraft(address);
    refused.delete(what);
    if (what === "activity") shown(answer);
    if (isOffline()) $("#complaint")?.remove();
  } catch (fault) {
    if (fault.fault === "network") {
      keepDraft(address, said);
      say("offline", t("editor.offline"));
      later(what, AGAIN);
    } else {
      say("failed", t("editor.not_saved"));
      complain(fault);
    }
    return false;
  }
  if (!waiting.lesson && !waiting.activity) say("saved", t("editor.saved", { time: new Date().toTimeString().slice(0, 5) }));
  return true;
}

/** The planned time is checked here: a number out of range is no reason to trouble the server. */
function isMinutes() {
  const field = $("#lesson-minutes");
  const isGood = field.checkValidity() && field.value !== "";
  $("#minutes-fault").hidden = isGood;
  mark(field, !isGood);
  if (!isGood) say("failed", t("editor.not_saved"));
  return isGood;
}

const isOffline = () => $("#saved").dataset.state === "offline";

const flush = () => Promise.all(["lesson", "activity"].filter((what) => waiting[what]).map(save)).then((kept) => kept.every(Boolean));

/** Without a network the page stays, with what was typed, and says so: there is nowhere to go. */
async function isKept() {
  await flush();
  await underway;
  if (isOffline()) complain({ title: t("desk.network"), what: t("desk.network_page") });
  return !isOffline();
}

/** Another page of ours comes after what was typed is kept; only what could not be kept is asked about. */
document.addEventListener("click", async (event) => {
  const link = event.target.closest("a[href]");
  if (!link || link.target || event.metaKey || event.ctrlKey || event.shiftKey || !isUnsaved()) return;
  event.preventDefault();
  if (await isKept()) location.assign(link.href);
});
document.addEventListener("submit", async (event) => {
  const { target, submitter } = event;
  if (target.method === "dialog" || !isUnsaved() || target.dataset.tried) return;
  event.preventDefault();
  event.stopPropagation();
  if (!(await isKept())) return;
  target.dataset.tried = "yes";
  target.requestSubmit(submitter);
}, true);
addEventListener("beforeunload", (event) => {
  if (isUnsaved()) event.preventDefault();
});
addEventListener("pagehide", () => {
  for (const what of ["lesson", "activity"]) {
    if (!waiting[what]) continue;
    const [address, said] = [addressOf(what), what === "lesson" ? lesson() : change()];
    if (isOffline()) keepDraft(address, said);
    const body = JSON.stringify(said);
    fetch(address, { method: "POST", keepalive: true, headers: { "Content-Type": "application/json", Authorization: `Bearer ${boot.token}` }, body });
  }
});

// --- undo and redo by key; inside a field the browser's own undo comes first ---------------------------------------------

addEventListener("keydown", (event) => {
  if (!(event.ctrlKey || event.metaKey) || event.altKey || event.target.closest("textarea, input, select, dialog")) return;
  const key = event.key.toLowerCase();
  const isRedo = key === "y" || (key === "z" && event.shiftKey);
  if (!isRedo && key !== "z") return;
  const button = $(isRedo ? "#redo" : "#undo");
  if (button.disabled || button.hidden) return;
  event.preventDefault();
  button.click();
});

// --- what the server found --------------------------------------------------------------------------------------------

const visited = new Set();
let isAllShown = box && !("blank" in box.dataset);
let faults = Object.fromEntries($$("[data-fault]").filter((line) => !line.hidden).map((line) => [line.dataset.fault, line.textContent]));

function mark(field, isWrong) {
  if (isWrong) field.setAttribute("aria-invalid", "true");
  else field.removeAttribute("aria-invalid");
}

/** A new question is not full of faults: a field speaks once it has been left. */
function showFaults() {
  for (const line of $$("[data-fault]")) {
    const name = line.dataset.fault;
    const fault = isAllShown || visited.has(name) ? faults[name] : null;
    line.hidden = !fault;
    if (fault) $("span", line).textContent = fault;
    for (const field of $$(`[aria-describedby~="${line.id}"]`)) if (field.matches(".input")) mark(field, Boolean(fault));
  }
}

function leave({ target }) {
  const lines = $$("[data-fault]", target.closest("[data-row], .field") ?? box);
  for (const line of lines) visited.add(line.dataset.fault);
  visited.add(target.dataset.content);
  if (!waiting.activity) showFaults();
}

/** The server's word on what was saved: faults by field, the preview, the title in the plan. */
function shown(said) {
  faults = said.faults;
  showFaults();
  page.preview = said.preview;
  showPreview();
  $(".mini header span:last-child").lastChild.textContent = ` ${said.time}`;
  const current = $("#plan [aria-current]");
  $(".plan-title", current).textContent = said.title;
  $("small", current).textContent = said.summary;
  $(".plan-bad", current).hidden = !Object.keys(faults).length;
}

const page = { preview: null, kind: "phone" };

function showPreview() {
  $(".mini").dataset.kind = page.kind;
  if (page.preview) $("#preview").innerHTML = page.preview[page.kind];
}

// --- what can be pressed ----------------------------------------------------------------------------------------------

for (const id of ["lesson-title", "lesson-minutes", "lesson-objectives", "lesson-nameless"]) $(`#${id}`).addEventListener("input", () => later("lesson"));
if (box) startActivity();

main.inert = true;
sendDrafts([main.dataset.lesson, box?.dataset.save].filter(Boolean), post, complain).then((isAny) => (isAny ? location.reload() : (main.inert = false)));

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
  box.addEventListener("click", ({ target }) => {
    const button = target.closest("[data-more], [data-less]");
    if (button && changeRows(box, button.dataset.more ?? button.dataset.less, "more" in button.dataset)) later("activity");
  });
  $("#picture").addEventListener("change", addPicture);
  $("#picture-remove").addEventListener("click", () => showPicture("", ""));
  box.addEventListener("paste", pastePicture);
  box.addEventListener("paste", pasteQuestions);
  box.addEventListener("paste", pasteShaped);
  box.addEventListener("keydown", typeOn);
  box.addEventListener("focusout", leave);
  box.addEventListener("change", fitSpeed);
  startFormula();
  foldPlan();
}

/** Speed can count where there is a clock, each phone's own, and something to win under one's name. */
function fitSpeed() {
  const speed = $("#speed");
  if (!speed) return;
  const can = Boolean(change().seconds && change().points && $("[data-terms=has_fair_clock]").checked) && ($("#naming")?.value ?? "named") === "named";
  speed.disabled = !can;
  if (!can) speed.checked = false;
  $("#speed-needs").hidden = can;
}

/** A question is written without leaving the keys: Enter goes from option to option and on to the key, Ctrl+Enter begins
    another question of this kind. */
function typeOn(event) {
  if (event.key !== "Enter" || event.isComposing || event.shiftKey || event.altKey) return;
  if (event.ctrlKey || event.metaKey) {
    event.preventDefault();
    $(`.more .kind[value="${box.dataset.kind}"]`).click();
  } else if (event.target.matches("input[data-field]")) {
    event.preventDefault();
    const { field } = event.target.dataset;
    const fields = $$(`[data-field="${field}"]`, event.target.closest("[data-rows]")).filter((one) => !one.closest("[hidden]"));
    (fields[fields.indexOf(event.target) + 1] ?? $("[name=key]:checked", box) ?? $("[name=key]", box) ?? $("#explanation")).focus();
  }
}

/** On a phone the plan folds away above the question that was asked for. */
function foldPlan() {
  const narrow = matchMedia("(max-width: 899px)");
  const fold = () => ($("#plan-box").open = !narrow.matches);
  narrow.addEventListener("change", fold);
  fold();
  if (narrow.matches && location.search.includes("activity=")) box.scrollIntoView();
}

async function addPicture({ target }) {
  const [file] = target.files;
  if (file) await sendPicture(file);
  target.value = "";
}

/** Several questions at once are no text for one field: they go to the page that takes them apart. */
const MANY = /(^|\n)\s*[*#]?A\s*[.)][^]*?[\n\t]\s*[*#]?B\s*[.)]/;

async function pasteQuestions(event) {
  const text = event.clipboardData.getData("text/plain");
  if (!MANY.test(text) || !event.target.matches("textarea")) return;
  const html = event.clipboardData.getData("text/html");
  event.preventDefault();
  const { target } = event;
  if (await ask(t("editor.paste_ask"), t("editor.paste_yes"))) {
    keep("giotay-clip", { text, html: lean(html).slice(0, 1_500_000) }); // kept nowhere, the page asks to paste once more
    $("#paste").click();
  } else {
    insert(target, await shapedText(text, lean(html)));
  }
}

/** Into one field: what the plain text would lose is written as it reads, x² and not x2. */
async function pasteShaped(event) {
  const html = lean(event.clipboardData.getData("text/html"));
  const text = event.clipboardData.getData("text/plain");
  if (event.defaultPrevented || !isShaped(html, text) || !event.target.matches("textarea, input.input")) return;
  event.preventDefault();
  const { target } = event;
  insert(target, await shapedText(text, html));
}

async function shapedText(text, html) {
  if (!isShaped(html, text)) return text;
  const said = await post(main.dataset.clip, { text, html }).catch(() => ({ text }));
  return said.text || text;
}

/** Word and Excel put a picture of what was copied beside its words: the words count. A picture's file brings its own name. */
function pastePicture(event) {
  const file = [...event.clipboardData.files].find(({ type }) => type.startsWith("image/"));
  const words = event.clipboardData.getData("text/plain").trim();
  if (!file || (words && words.split("/").at(-1) !== file.name)) return;
  event.preventDefault();
  sendPicture(file);
}

const MOST_BYTES = 3_000_000;
const MOST_PIXELS = 25_000_000;

/** A phone's photo is more than the server takes, and than a question shows. What cannot be read here, the server names. */
async function fitting(file) {
  const isMuch = file.size > MOST_BYTES || (await read(file).then(({ width, height }) => width * height > MOST_PIXELS, () => false));
  return isMuch ? shrink(file).catch(() => file) : file;
}

async function sendPicture(file) {
  const form = new FormData();
  form.append("picture", await fitting(file));
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
  if ((shownPicture.dataset.id ?? "") !== id) for (const control of $$("[data-of-picture]", box)) control.value = "";
  shownPicture.dataset.id = id;
  for (const one of [shownPicture, ...$$("[data-picture]", box)]) {
    if (address) one.src = address;
    one.hidden = !id;
  }
  $("#picture-box").hidden = !id;
  later("activity");
}

// --- slides: a PDF goes up as it is, and comes back as pages ----------------------------------------------------------

const MOST_PDF = 30 * 1024 * 1024;

$("#pdf").addEventListener("change", async ({ target }) => {
  const [file] = target.files;
  target.value = "";
  if (!file) return;
  if (file.size > MOST_PDF) return complain({ title: t("editor.pdf_large"), what: t("editor.pdf_large_what") });
  await flush();
  say("saving", t("editor.pdf_reading"));
  inFlight += 1;
  try {
    const headers = { Accept: "application/json", Authorization: `Bearer ${boot.token}`, "Content-Type": "application/pdf" };
    const answer = await fetch(main.dataset.slides, { method: "POST", headers, body: file }).catch(() => null);
    const said = (await answer?.json().catch(() => null)) ?? { fault: "network" };
    if (answer?.status === 413) throw { ...said, title: t("editor.pdf_large"), what: t("editor.pdf_large_what") };
    if (!answer?.ok) throw said;
    inFlight -= 1;
    location.assign(said.address);
  } catch (fault) {
    inFlight -= 1;
    say("saved", t("editor.saved", { time: new Date().toTimeString().slice(0, 5) }));
    complain(fault);
  }
});

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
  const latex = $("#latex").value.trim();
  const { html } = latex ? await post(boot.formula, { text: `\\(${latex}\\)` }).catch(() => ({ html: "" })) : { html: "" };
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
let before = [];

function numberPlan() {
  const rows = $$("#plan li");
  rows.forEach((one, index) => ($(".plan-no", one).textContent = index + 1));
  const place = rows.findIndex((one) => $("[aria-current]", one)) + 1;
  for (const title of [$("#number"), $(".mini header span")]) title.textContent = t("editor.number", { n: place });
}

for (const li of $$("#plan li[data-uid]")) {
  li.draggable = true;
  li.addEventListener("dragstart", () => ([dragged, before] = [li, $$("#plan li")]));
  li.addEventListener("dragover", (event) => {
    event.preventDefault();
    if (!dragged || dragged === li) return;
    const isAfter = event.clientY > li.getBoundingClientRect().top + li.offsetHeight / 2;
    li.parentNode.insertBefore(dragged, isAfter ? li.nextSibling : li);
  });
  li.addEventListener("drop", (event) => event.preventDefault());
  li.addEventListener("dragend", async () => {
    dragged = null;
    const back = before;
    numberPlan();
    await post(main.dataset.order, $$("#plan li").map((one) => one.dataset.uid)).catch((fault) => {
      $("#plan").append(...back); // as the server has them
      numberPlan();
      complain({ ...fault, title: t("editor.order_back") });
    });
  });
}


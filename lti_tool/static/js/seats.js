/* Arranging a class's seats: drag, or tap a pupil and then a seat, or the same by keys. Every step is sent by itself as
   the whole plan, and one step can be taken back. */

import { $, $$, boot, complain, el, icon, post, t } from "./page.js";
import { drawn, placeOf, turn, walk } from "./room.js";

const FAR = 6;
const AGAIN_MS = 4000;
const pupils = new Map(boot.pupils.map((pupil) => [pupil.id, pupil]));
const room = $("#room");
const tray = $("#tray");

let plan = { rows: boot.plan.rows, columns: boot.plan.columns, seats: boot.plan.seats };
let before = null;
let held = null;

// --- what stands where ------------------------------------------------------------------------------------------------

const whoAt = (row, place) => Object.keys(plan.seats).find((who) => plan.seats[who][0] === row && plan.seats[who][1] === place) ?? null;
const unplaced = () => boot.pupils.filter(({ id }) => !plan.seats[id]);
const key = (row, place) => `${row}.${place}`;

/** One step: the plan becomes another one, which is drawn, said and sent. */
function change(next, words) {
  before = plan;
  plan = next;
  held = null;
  announce(words);
  draw();
  save();
}

function sit(who, row, place) {
  const seats = { ...plan.seats };
  const [sitting, from] = [whoAt(row, place), seats[who]];
  if (sitting === who) return pick(null);
  delete seats[who];
  if (sitting) from ? (seats[sitting] = from) : delete seats[sitting];
  seats[who] = [row, place];
  change({ ...plan, seats }, t("seats.sat", { name: nameOf(who), place: placeOf(row, place) }));
}

function stand(who) {
  const { [who]: _, ...seats } = plan.seats;
  change({ ...plan, seats }, t("seats.stood", { name: nameOf(who) }));
}

/** Free seats, row by row, go to those who have none, in the order of the list. A room too small grows. */
function fill() {
  const seats = { ...plan.seats };
  const taken = new Set(Object.values(seats).map(([row, place]) => key(row, place)));
  const waiting = unplaced().map(({ id }) => id);
  let rows = plan.rows;
  for (let row = 0; row < boot.most_rows && waiting.length; row++) {
    rows = Math.max(rows, row + 1);
    for (let place = 0; place < plan.columns * 2 && waiting.length; place++) {
      if (!taken.has(key(row, place))) seats[waiting.shift()] = [row, place];
    }
  }
  change({ ...plan, rows, seats }, t("seats.filled"));
}

function resize(rows, columns) {
  const seats = Object.fromEntries(Object.entries(plan.seats).filter(([, [row, place]]) => row < rows && place < columns * 2));
  change({ rows, columns, seats }, t("seats.resized", { rows, columns }));
}

function undo() {
  if (!before) return;
  change(before, t("seats.undone"));
  before = null;
  draw();
  $("#room button").focus();
}

// --- keeping it -------------------------------------------------------------------------------------------------------

let saved = plan;
let savedAt = boot.plan.saved_at;
let isSaving = false;
let isStuck = false;

async function save() {
  if (isSaving || isStuck || saved === plan) return showSaved();
  isSaving = true;
  showSaved();
  const sent = plan;
  try {
    savedAt = (await post(boot.save, { ...sent, after: savedAt })).saved_at;
    saved = sent;
  } catch (fault) {
    if (fault.fault !== "network") {
      isStuck = true;
      complain(fault);
    }
    isSaving = false;
    return showSaved();
  }
  isSaving = false;
  return save();
}

function showSaved() {
  const chip = $("#saved");
  const isSaved = saved === plan;
  chip.hidden = isSaved && !savedAt;
  chip.className = `chip ${isSaved ? "chip-ok" : "chip-warn"}`;
  chip.replaceChildren(icon(isSaved ? "check" : "hourglass", 16), t(isSaved ? "seats.saved" : isSaving ? "seats.saving" : "seats.unsaved"));
}
setInterval(save, AGAIN_MS);
addEventListener("online", save);
addEventListener("beforeunload", (event) => saved !== plan && event.preventDefault());

// --- showing ----------------------------------------------------------------------------------------------------------

const nameOf = (who) => pupils.get(who).name;
const announce = (words) => ($("#said").textContent = words);

function seat(who, row, place) {
  const here = { place: placeOf(row, place) };
  const label = who ? t("seats.of", { n: pupils.get(who).number, name: nameOf(who), ...here }) : t("seats.free", here);
  const said = { "aria-label": label, "aria-pressed": who ? String(who === held) : null };
  return el("button", { class: "chair", type: "button", "data-at": key(row, place), "data-who": who, ...said }, ...(who ? faceOf(who) : []));
}

function faceOf(who) {
  const { number, short, name } = pupils.get(who);
  return [el("span", { class: "chair-no" }, String(number)), el("span", { class: "chair-name" }, short), el("span", { class: "chair-full" }, name)];
}

function draw() {
  const focused = document.activeElement?.dataset ?? {};
  room.replaceChildren(drawn(plan, seat));
  const rest = unplaced();
  const waiting = rest.map(({ id }) => {
    const said = { "aria-pressed": String(id === held), "aria-label": `${pupils.get(id).number} ${nameOf(id)}` };
    return el("li", {}, el("button", { class: "chair", type: "button", "data-who": id, ...said }, ...faceOf(id)));
  });
  tray.replaceChildren(...waiting);
  $("#tray-title").textContent = rest.length ? t("seats.unplaced", { n: rest.length }) : t("seats.all_placed");
  $("#rows").value = plan.rows;
  $("#columns").value = plan.columns;
  $("#fill").disabled = !rest.length;
  $("#clear").disabled = rest.length === pupils.size;
  $("#undo").disabled = !before;
  $("#stand").disabled = !held || !plan.seats[held];
  $("#hint").textContent = held ? t("seats.held", { name: nameOf(held) }) : t("seats.how");
  for (const one of $$("button.chair")) {
    if ((focused.at && one.dataset.at === focused.at) || (!focused.at && focused.who && one.dataset.who === focused.who)) one.focus();
  }
}

function pick(who) {
  held = who;
  if (who) announce(t("seats.held", { name: nameOf(who) }));
  draw();
}

// --- tap and keys -----------------------------------------------------------------------------------------------------

function pressed(button) {
  const { who, at } = button.dataset;
  if (held && at) return sit(held, ...at.split(".").map(Number));
  if (who) return pick(who === held ? null : who);
  announce(t("seats.how"));
}

for (const box of [room, tray]) {
  box.addEventListener("click", ({ target }) => {
    const button = target.closest("button.chair");
    if (button && !hasDragged) pressed(button);
  });
  box.addEventListener("keydown", (event) => {
    const who = event.target.dataset.who;
    if (event.key === "Escape" && held) pick(null);
    else if (["Delete", "Backspace"].includes(event.key) && plan.seats[who]) (event.preventDefault(), stand(who));
  });
}
walk(room);
$("#stand").addEventListener("click", () => stand(held));
$("#fill").addEventListener("click", fill);
$("#clear").addEventListener("click", () => change({ ...plan, seats: {} }, t("seats.cleared")));
$("#undo").addEventListener("click", undo);
$("#turn").addEventListener("click", () => (turn(), draw()));
for (const select of [$("#rows"), $("#columns")]) select.addEventListener("change", () => resize(Number($("#rows").value), Number($("#columns").value)));

// --- drag: a mouse takes any pupil, a finger the one who was picked by a tap, so that a page still scrolls ------------

let drag = null;
let hasDragged = false;

addEventListener("pointerdown", (event) => {
  hasDragged = false;
  const button = event.target.closest?.("button.chair[data-who]");
  if (!button || event.button || !event.isPrimary || (event.pointerType === "touch" && button.dataset.who !== held)) return;
  drag = { button, who: button.dataset.who, id: event.pointerId, x: event.clientX, y: event.clientY };
});
addEventListener("pointermove", (event) => {
  if (drag?.id !== event.pointerId) return;
  const [dx, dy] = [event.clientX - drag.x, event.clientY - drag.y];
  hasDragged ||= Math.hypot(dx, dy) > FAR;
  if (!hasDragged) return;
  drag.button.dataset.held = "";
  drag.button.style.transform = `translate(${dx}px, ${dy}px)`;
  mark(under(event));
});
addEventListener("pointerup", (event) => dropped(event, hasDragged ? under(event) : null));
addEventListener("pointercancel", (event) => dropped(event, null));

function dropped(event, target) {
  if (drag?.id !== event.pointerId) return;
  const { button, who } = drag;
  drag = null;
  mark(null);
  delete button.dataset.held;
  button.style.transform = "";
  if (target?.dataset.at) sit(who, ...target.dataset.at.split(".").map(Number));
  else if (target && plan.seats[who]) stand(who);
}

/** The seat under the pointer, or the list of those without one. */
function under({ clientX, clientY }) {
  const found = document.elementsFromPoint(clientX, clientY).filter((one) => one !== drag.button);
  return found.find((one) => one.matches?.("button.chair[data-at]")) ?? found.find((one) => one.closest?.("#unplaced"))?.closest("#unplaced") ?? null;
}

function mark(target) {
  $$("[data-over]").forEach((one) => one !== target && one.removeAttribute("data-over"));
  target?.setAttribute("data-over", "");
}

draw();
showSaved();

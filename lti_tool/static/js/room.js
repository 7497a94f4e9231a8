/* A classroom as rows of two-seat desks: drawn for arranging and for the roll call. `seats` maps an id to [row, place];
   row 0 is the front, place 0 the left of who faces the board. */

import { $$, el, keep, kept, t } from "./page.js";

const TURNED = "giotay-seats-turned";
const AT_A_DESK = 2;
const STEPS = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };

/** Whether this device draws the room as the teacher sees it: the front below, left and right changed over. */
const isTurned = () => kept(TURNED) === "yes";

/** The other way round; where nothing can be kept, the room stays as it is. */
export const turn = () => keep(TURNED, isTurned() ? "no" : "yes");

/** The room's elements; `cell(who, row, place)` makes one seat, `who` null where it is free. */
export function drawn({ rows, columns, seats }, cell) {
  const at = new Map(Object.entries(seats).map(([who, [row, place]]) => [`${row}.${place}`, who]));
  const lines = count(rows).map((row) => lineOf(row, columns, (place) => cell(at.get(`${row}.${place}`) ?? null, row, place)));
  const front = el("p", { class: "room-front" }, t("seats.front"));
  const room = el("div", { class: "room" }, ...(isTurned() ? [...lines.reverse(), front] : [front, ...lines]));
  room.style.setProperty("--columns", columns);
  return room;
}

function lineOf(row, columns, cell) {
  const desks = count(columns).map((column) => el("div", { class: "room-desk" }, ...ordered(count(AT_A_DESK).map((side) => cell(column * AT_A_DESK + side)))));
  return el("div", { class: "room-row", role: "group", "aria-label": t("seats.row", { n: row + 1 }) }, ...ordered(desks));
}

const count = (n) => [...Array(n).keys()];
const ordered = (things) => (isTurned() ? things.reverse() : things);

/** Where a seat is, in words. */
export const placeOf = (row, place) => t("seats.place", { row: row + 1, column: Math.floor(place / AT_A_DESK) + 1, seat: (place % AT_A_DESK) + 1 });

/** The seat that one of these plans has for a pupil, as [row, place]; undefined for none. */
export const seatIn = (plans, who) => plans.map(({ seats }) => seats[who]).find(Boolean);

/** Arrow keys go from seat to seat of a room drawn in `box`. */
export function walk(box) {
  box.addEventListener("keydown", (event) => {
    const from = event.target.closest?.("[data-at]");
    const step = STEPS[event.key];
    if (!from || !step) return;
    const [row, place] = from.dataset.at.split(".").map(Number);
    const sign = isTurned() ? -1 : 1;
    const to = $$("[data-at]", from.closest(".room")).find((one) => one.dataset.at === `${row + sign * step[0]}.${place + sign * step[1]}`);
    if (!to) return;
    event.preventDefault();
    to.focus();
  });
}

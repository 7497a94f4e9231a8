/* What says that a pupil is where the console shows them, for the teacher alone: kind and time. A scan proves the room
   for a while; when that is over it is said, and the pupil stays where they were. */

import { boot, clock, el, icon, t } from "./page.js";

const time = (ms) => clock(ms).slice(0, 5);

/** Whether what proved the room has run out. */
const isOld = ({ mode, proof, placed_at: at }, now) => mode === "room" && proof === "code" && now - at > boot.code_lasts;

/** In words: "Ở lớp, quét mã 07:02". */
export function proofOf(seat, now) {
  const key = seat.mode === "home" ? "home" : isOld(seat, now) ? "old" : seat.proof;
  return t(`console.proof.${key}`, { time: time(seat.placed_at ?? 0) });
}

/** A chip a kind of proof: the seat's own, the roll call, the last look of a spot check. */
export function proofs(seat, word, look, now) {
  const isHome = seat.mode === "home";
  return [
    el("span", { class: `chip${isOld(seat, now) ? " chip-warn" : ""}`, "data-proof": seat.proof }, icon(isHome ? "home" : "board", 16), proofOf(seat, now)),
    word?.word && el("span", { class: "chip", "data-proof": "roll" }, icon("hand", 16), t("console.proof.roll", { time: time(word.at), word: t(`console.roll.${word.word}`) })),
    look && el("span", { class: `chip${look.seen ? "" : " chip-warn"}`, "data-proof": "look" }, icon("eye", 16), t(look.seen ? "console.proof.seen" : "console.proof.missed", { time: time(look.at) })),
  ];
}

/** How many proofs have run out by now: when this changes, the list is drawn again. */
export const oldOf = (seats, now) => seats.filter((seat) => isOld(seat, now)).length;

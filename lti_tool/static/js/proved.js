/* What says that a pupil is where the console shows them, for the teacher alone: kind and time. A scan proves the room
   for a while; when that is over it is said, and the pupil stays where they were. */

import { boot, chip, clock, t } from "./page.js";

const time = (ms) => clock(ms).slice(0, 5);

/** Whether what proved the room has run out. */
const isOld = ({ mode, proof, placed_at: at }, now) => mode === "room" && proof === "code" && now - at > boot.code_lasts;

/** In words: "Ở lớp, quét mã 07:02". */
export function proofOf(seat, now) {
  const key = seat.mode === "home" ? "home" : isOld(seat, now) ? "old" : seat.proof;
  return t(`console.proof.${key}`, { time: time(seat.placed_at ?? 0) });
}

function proof(kind, look, name, text) {
  const made = chip(look, name, text);
  made.dataset.proof = kind;
  return made;
}

/** A chip a kind of proof: the seat's own, the roll call, the last look of a spot check. */
export function proofs(seat, word, look, now) {
  const isHome = seat.mode === "home";
  return [
    proof(seat.proof, isOld(seat, now) ? "chip-warn" : "", isHome ? "home" : "board", proofOf(seat, now)),
    word?.word && proof("roll", "", "hand", t("console.proof.roll", { time: time(word.at), word: t(`console.roll.${word.word}`) })),
    look?.seen && proof("look", "", "eye", t("console.proof.seen", { time: time(look.at) })),
    look && !look.seen && proof("look", "chip-warn", "eye", t("console.proof.missed", { time: time(look.at) })),
  ];
}

/** How many proofs have run out by now: when this changes, the list is drawn again. */
export const oldOf = (seats, now) => seats.filter((seat) => isOld(seat, now)).length;

/* With whom one talks between two rounds: the name comes to this phone alone, and is kept nowhere. */

import { boot, get, t } from "./page.js";

const page = { met: null, names: "" };

/** Says it by `say`: at once, and again by `again` when the name is here. `number` is one's own talk, if there is one. */
export function talk(number, say, again) {
  const names = number && page.met === number && page.names;
  say("info", "users", names ? t("phone.talk", { names }) : t("phone.talk_beside"), t("phone.talk_what"));
  if (number && page.met !== number) meet(number, again);
}

/** The partner's name, once a talk. */
async function meet(number, again) {
  Object.assign(page, { met: number, names: "" });
  try {
    page.names = await partners(number);
    again();
  } catch {
    page.met = null;
  }
}

/** "Lê An (Ở nhà)", of several with commas; "" while nobody is told. */
async function partners(number) {
  // Who is refused is told of nobody, and need not ask again.
  const told = await get(boot.seat.partners).catch((fault) => (fault.status ? {} : Promise.reject(fault)));
  if (told.number !== number) return "";
  return told.names.map(({ name, mode }) => `${name} (${t(`phone.mode.${mode}`).toLowerCase()})`).join(", ");
}

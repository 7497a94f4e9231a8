/* With whom one talks between two rounds: the name comes to this phone alone, and is kept nowhere. */

import { boot, t } from "./page.js";

/** "Lê An (Ở nhà)", of several with commas; "" while nobody is told. */
export async function partners(number) {
  const answer = await fetch(boot.seat.partners, { headers: { Accept: "application/json", Authorization: `Bearer ${boot.token}` } });
  const told = answer.ok ? await answer.json() : {};
  if (told.number !== number) return "";
  return told.names.map(({ name, mode }) => `${name} (${t(`phone.mode.${mode}`).toLowerCase()})`).join(", ");
}

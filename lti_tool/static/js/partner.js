/* With whom one talks between two rounds: the name comes to this phone alone, and is kept nowhere. */

import { boot, get, t } from "./page.js";

/** "Lê An (Ở nhà)", of several with commas; "" while nobody is told. */
export async function partners(number) {
  // Who is refused is told of nobody, and need not ask again.
  const told = await get(boot.seat.partners).catch((fault) => (fault.status ? {} : Promise.reject(fault)));
  if (told.number !== number) return "";
  return told.names.map(({ name, mode }) => `${name} (${t(`phone.mode.${mode}`).toLowerCase()})`).join(", ");
}

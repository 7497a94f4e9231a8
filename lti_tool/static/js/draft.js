/* What is typed in the editor while the network is away: kept in this tab, over a reload too, until the server has it.
   By address: each lesson and each activity has one. */

import { keep, kept } from "./tab.js";

const PREFIX = "giotay-draft:";

/** Where the tab keeps nothing, what was typed lasts as long as the page, which asks before it is left. */
export const keepDraft = (address, said) => keep(PREFIX + address, said);

export const dropDraft = (address) => keep(PREFIX + address, null);

/** What was kept before this page came is sent by `post`; true when any of it was, and the page should come anew. What
    is refused is told, and not tried again. */
export async function sendDrafts(addresses, post, complain) {
  let isAny = false;
  for (const address of addresses) {
    const said = kept(PREFIX + address);
    if (said === null) continue;
    try {
      await post(address, said);
      isAny = true;
    } catch (fault) {
      if (fault.fault === "network") return isAny;
      complain(fault);
    }
    dropDraft(address);
  }
  return isAny;
}

/* What is typed in the editor while the network is away: kept in this tab, over a reload too, until the server has it.
   By address: each lesson and each activity has one. */

const PREFIX = "giotay-draft:";

/** A frame may refuse storage: then what was typed lasts as long as the page, which asks before it is left. */
function tried(act) {
  try {
    return act(sessionStorage);
  } catch {
    return null;
  }
}

export const keepDraft = (address, said) => tried((store) => store.setItem(PREFIX + address, JSON.stringify(said)));

export const dropDraft = (address) => tried((store) => store.removeItem(PREFIX + address));

/** What was kept before this page came is sent by `post`; true when any of it was, and the page should come anew. What
    is refused is told, and not tried again. */
export async function sendDrafts(addresses, post, complain) {
  let isAny = false;
  for (const address of addresses) {
    const kept = tried((store) => store.getItem(PREFIX + address));
    if (!kept) continue;
    try {
      await post(address, JSON.parse(kept));
      isAny = true;
    } catch (fault) {
      if (fault.fault === "network") return isAny;
      complain(fault);
    }
    dropDraft(address);
  }
  return isAny;
}

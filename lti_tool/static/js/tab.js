/* What this tab keeps over a reload, and drops when it is closed. A frame may refuse storage: then nothing is kept. */

/** What stands under this name; null where nothing does. */
export function kept(name) {
  try {
    return JSON.parse(sessionStorage.getItem(name));
  } catch {
    return null;
  }
}

/** Keeps `what` under this name; null lets go of it. False where the tab keeps nothing. */
export function keep(name, what) {
  try {
    if (what === null) sessionStorage.removeItem(name);
    else sessionStorage.setItem(name, JSON.stringify(what));
    return true;
  } catch {
    return false;
  }
}

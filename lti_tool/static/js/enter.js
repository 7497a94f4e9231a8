/* A one-time code that came after the #: it never left the browser. Takes it out of the address and offers the window. */

import { $ } from "./page.js";

const code = new URLSearchParams(location.hash.slice(1)).get("c");
if (code) {
  try {
    history.replaceState(null, "", location.pathname + location.search);
  } catch {
    /* A frame without an origin may not; its address is seen by nobody. */
  }
  const form = $("#enter");
  form.elements.code.value = code;
  form.hidden = false;
  $("#stale").hidden = true;
  form.addEventListener("submit", () => setTimeout(() => ((form.hidden = true), ($("#stale").hidden = false))));
  if ("auto" in form.dataset) form.requestSubmit();
} else if ($("#unkept") && window === window.top) {
  /* Over plain http no browser tells the server that this is no frame. */
  $("#framed").hidden = true;
  $("#unkept").hidden = false;
}

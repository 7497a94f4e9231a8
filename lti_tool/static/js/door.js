/* The secret of a link or a slip came after the #: it never left the browser. Out of the address with it, into a post. */

import { $ } from "./page.js";

const secret = new URLSearchParams(location.hash.slice(1)).get("k");
if (secret) {
  history.replaceState(null, "", location.pathname);
  const form = $("#door");
  form.elements.k.value = secret;
  form.requestSubmit();
}

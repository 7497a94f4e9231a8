/* Tells the LMS that the registration is done (LTI Dynamic Registration 1.0 §3.6): to its own origin, nobody else's. */

import { $ } from "./page.js";

const origin = new URL($("#main").dataset.opener).origin;
$("#close").addEventListener("click", () => {
  const target = window.opener ?? window.parent;
  target.postMessage({ subject: "org.imsglobal.lti.close" }, origin);
  if (window.opener) window.close();
});

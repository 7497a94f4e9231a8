/* In an LMS's frame that refuses cookies: the LMS keeps a login's proof for us (LTI Client Side postMessages 1.0). It
   hears us at its own origin alone, and we hear nobody else. */

import { $, boot } from "./page.js";

const PATIENCE = 2000;

/** Ask the platform's frame; its answer, or a rejection when none comes in time. */
function ask(place, message) {
  const home = window.opener ?? window.parent;
  const target = place.frame && place.frame !== "_parent" ? (home.frames[place.frame] ?? home) : home;
  const id = crypto.getRandomValues(new Uint32Array(2)).join("-");
  return new Promise((resolve, reject) => {
    addEventListener("message", ({ data, origin }) => {
      if (origin !== place.origin || data?.message_id !== id || data.subject !== `${message.subject}.response`) return;
      if (data.error) reject(data.error);
      else resolve(data);
    });
    setTimeout(reject, PATIENCE);
    target.postMessage({ ...message, message_id: id, key: place.key }, place.origin);
  });
}

/** Nothing is stored for a frame without an origin: what it posts later could be anybody's. */
const isNobody = self.origin === "null";

async function begin({ put }) {
  await ask(put, { subject: "lti.put_data", value: put.value });
  location.replace(put.next);
}

async function prove({ get }) {
  const { value } = await ask(get, { subject: "lti.get_data" });
  const form = $("#proof");
  form.elements.proof.value = value;
  form.submit();
}

function offer() {
  $("#waiting").hidden = true;
  $("#offer").hidden = false;
}

const step = boot.put ? begin : boot.get ? prove : null;
if (step && !isNobody) step(boot).catch(offer);
else offer();

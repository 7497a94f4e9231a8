/* How long an answer took by the pupil's own clock, and how much later than the class that clock began. */

import { t } from "./page.js";

const seconds = (ms) => (ms / 1000).toLocaleString(document.documentElement.lang, { maximumFractionDigits: 1 });

/** The sentence for the answer that the server holds, or "". */
export function took(activity, me, credit) {
  const { response } = me ?? {};
  const isOfThis = response?.activity === activity.id && response.round === activity.round;
  return isOfThis && response.took != null
    ? ` ${t("phone.took", { n: seconds(response.took), late: seconds(credit) })}`
    : "";
}

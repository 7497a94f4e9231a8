/* A family's page without a network: what was written stays, and the page says so. There is no way back to it but the link. */

import { stay } from "./away.js";
import { $, complain, t } from "./page.js";

stay((node) => {
  complain({ title: t("desk.network"), what: t(node.matches("form") ? "desk.network_what" : "desk.network_page") });
  return () => $("#complaint")?.remove();
});

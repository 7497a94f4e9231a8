/* Finds a name in the list while it is typed, without marks: "thu" finds Thư and Thu. */

import { $, $$ } from "./page.js";

const bare = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase().replaceAll("đ", "d");
const rows = $$(".names li").map((li) => [li, bare($(".grow", li).textContent)]);

$("#q")?.addEventListener("input", ({ target }) => {
  const wanted = bare(target.value.trim());
  let found = 0;
  for (const [li, name] of rows) {
    li.hidden = !name.includes(wanted);
    found += !li.hidden;
  }
  $("#none").hidden = found > 0;
});

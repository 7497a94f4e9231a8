/* A page that says how far somebody has come, shown again by "back" out of the browser's memory: asked for anew. What was
   closed on this device stays closed. */

addEventListener("pageshow", ({ persisted }) => persisted && location.reload());

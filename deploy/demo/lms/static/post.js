// Sends the form of a launch step at once; its button stays for browsers without scripts. Where the page had been read
// to its end before that, it has a place of its own in the history: whoever comes back to it is on the way to what
// stood before, and is not sent into the tool again.
if (performance.getEntriesByType("navigation")[0]?.type === "back_forward") history.back();
else document.getElementById("post").submit();
addEventListener("pageshow", ({ persisted }) => {
  if (persisted) history.back();
});

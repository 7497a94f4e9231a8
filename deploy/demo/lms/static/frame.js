// A wide window shows the tool in the frame; a phone gives it the whole window, as Moodle does.
const frame = document.getElementById("tool");
if (window.matchMedia("(min-width: 721px)").matches) {
  frame.src = frame.dataset.frame;
} else {
  window.location.replace(frame.dataset.window);
}

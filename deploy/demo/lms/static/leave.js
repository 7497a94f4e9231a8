// Takes the whole window back to the course, also out of the frame that the tool stood in.
window.top.location.replace(document.getElementById("leave").href);

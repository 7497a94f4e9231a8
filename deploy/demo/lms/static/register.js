// The tool says that it has finished by a message from its frame.
const frame = document.getElementById("tool");
window.addEventListener("message", (event) => {
  if (event.source === frame.contentWindow && event.data && event.data.subject === "org.imsglobal.lti.close") {
    window.location.assign(document.getElementById("done").href);
  }
});

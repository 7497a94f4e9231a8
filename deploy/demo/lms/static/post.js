// Sends the form of a launch step at once; its button stays for browsers without scripts.
document.getElementById("post").submit();

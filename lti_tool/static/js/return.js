/* The answer to a deep-linking request goes back by the browser, by itself. */
document.getElementById("return").submit();

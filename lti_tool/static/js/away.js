/* Without a network a form or a link ends on the browser's own page of errors, with what was typed out of sight: the page
   stays, and says so. A server that answers all the same, as one on this very laptop, is asked first. */

const isThere = () => fetch(import.meta.url, { method: "HEAD", cache: "no-store" }).then(({ ok }) => ok, () => false);

/** `say(node)` says of a form or a link that it needs the network, and gives what takes that back once it is there again;
    `isKept(link)`: the browser has that page itself. */
export function stay(say, isKept = () => false) {
  let said = null;
  const hold = async (node, goOn) => {
    node.closest("details.menu")?.removeAttribute("open");
    if (!(await isThere())) return (said = say(node));
    node.isLetThrough = true;
    goOn();
    node.isLetThrough = false;
  };
  addEventListener("submit", (event) => {
    const { target, submitter } = event;
    if (navigator.onLine || target.isLetThrough || target.getAttribute("method") !== "post") return;
    event.preventDefault();
    event.stopImmediatePropagation();
    hold(target, () => target.requestSubmit(submitter));
  }, true);
  addEventListener("click", (event) => {
    const link = event.target.closest?.("a[href]");
    const isElsewhere =
      link &&
      !link.target &&
      link.origin === location.origin &&
      link.pathname + link.search !== location.pathname + location.search;
    if (navigator.onLine || !isElsewhere || link.isLetThrough || event.defaultPrevented || isKept(link)) return;
    event.preventDefault();
    hold(link, () => link.click());
  });
  addEventListener("online", () => said?.());
}

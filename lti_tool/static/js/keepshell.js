/* Asks the service worker to keep more than a phone's page: "teacher", the shell that a teacher's page of a running lesson
   becomes without a network; "kinds", the scripts that some kinds of activity need. Pupils' phones in a lesson never ask. */

export async function keepShell(worker, what = "teacher") {
  if (!("serviceWorker" in navigator)) return;
  const ask = () => navigator.serviceWorker.ready.then(({ active }) => active.postMessage(what));
  navigator.serviceWorker.addEventListener("controllerchange", ask); // a new worker begins with an empty cache
  await navigator.serviceWorker.register(worker).then(ask).catch(() => {});
}

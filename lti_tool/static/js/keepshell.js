/* Asks the service worker to keep the shell that a teacher's page of a running lesson becomes without a network. Pupils'
   phones never ask, so they do not fetch it. */

export async function keepShell(worker) {
  if (!("serviceWorker" in navigator)) return;
  const ask = () => navigator.serviceWorker.ready.then(({ active }) => active.postMessage("teacher"));
  navigator.serviceWorker.addEventListener("controllerchange", ask); // a new worker begins with an empty cache
  await navigator.serviceWorker.register(worker).then(ask).catch(() => {});
}

/* The offline shells: the phone's page without anybody in it and the static files it needs; where a teacher's page asks
   for it, that of a lesson being taught; where a pupil's own work does, the scripts of its kinds. Nothing personal is
   kept. And where a Wi-Fi leads nowhere, though the browser holds itself to be online, a press that leaves a page of
   ours lets it stay: "nothing to show" instead of the browser's own page of errors. */
const NAME = "giotay-{{ url_for('static', filename='')|replace('/', '') }}";
const SHELL = {{ shell|tojson }};
const STATIC = {{ url_for('static', filename='')|tojson }};
const files = (names) => names.map((name) => STATIC + name);
const FILES = files([
  "css/base.css", "css/phone.css", "css/practice.css", "css/math.css",
  "js/phone.js", "js/form.js", "js/live.js", "js/looked.js", "js/outbox.js", "js/page.js", "js/alone.js", "js/away.js",
  "js/drafts.js", "js/needs.js", "js/signals.js", "js/store.js", "js/ids.js", "js/photo.js", "js/practice.js",
  "js/shown.js", "js/rounds.js", "js/charts.js", "icons.svg", "favicon.svg",
]).concat({{ words|tojson }});
const TEACHER = {{ teacher|tojson }};
const OWN = files(["css/offline.css", "js/offline.js", "js/waiting.js", "js/tab.js"]);
const KINDS = files(["js/arrange.js", "js/draw.js", "js/sure.js"]);
const KEPT = new Set([...FILES, ...OWN, ...KINDS]);
const MORE = { teacher: [TEACHER, ...OWN], kinds: KINDS };

const keep = async (addresses) => (await caches.open(NAME)).addAll(addresses);

async function forgetOthers() {
  const names = await caches.keys();
  await Promise.all(names.filter((name) => name !== NAME).map((name) => caches.delete(name)));
  await clients.claim();
}

addEventListener("install", (event) => event.waitUntil(keep([SHELL, ...FILES]).then(() => skipWaiting())));
addEventListener("activate", (event) => event.waitUntil(forgetOthers()));
addEventListener("message", (event) => MORE[event.data] && event.waitUntil(keep(MORE[event.data])));

/** A link or a form of one of our own pages, in the whole window, to another. What comes from elsewhere, fills a frame
    or carries a file is left to the browser, which tells the server more of it than a worker does. */
function leaves({ clientId, request }, { origin, pathname }) {
  const isWhole = request.mode === "navigate" && request.destination === "document";
  if (!clientId || !isWhole || origin !== location.origin || !/^\/(l|j|language)\b/.test(pathname)) return false;
  const type = request.headers.get("Content-Type") ?? "";
  return request.method === "GET" || (request.method === "POST" && type.startsWith("application/x-www-form-urlencoded"));
}

async function stay({ clientId, request }) {
  (await clients.get(clientId))?.postMessage({ unsent: request.method });
  return new Response(null, { status: 204 });
}

/** What a page of ours becomes without a network; nothing for any other. */
function shellOf({ pathname }) {
  if (/^\/l\/\w+\/(lesson|practice\/\w+)$/.test(pathname)) return SHELL;
  return /^\/l\/\w+\/runs\/\w+\/(console|attendance)$/.test(pathname) && TEACHER;
}

const orKept = async (address, fault) => (await caches.match(address)) ?? Promise.reject(fault);

addEventListener("fetch", (event) => {
  const { request } = event;
  const address = new URL(request.url);
  const goOn = () => leaves(event, address) && event.respondWith(fetch(request).catch(() => stay(event)));
  if (request.method !== "GET" || address.origin !== location.origin) return goOn();
  const shell = request.mode === "navigate" && shellOf(address);
  if (KEPT.has(address.pathname)) event.respondWith(caches.match(request).then((kept) => kept || fetch(request)));
  else if (shell) event.respondWith(fetch(request).catch((fault) => orKept(shell, fault)));
  else goOn();
});

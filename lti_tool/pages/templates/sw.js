/* The offline shells: the phone's page without anybody in it and the static files it needs; where a teacher's page asks for
   it, that of a lesson being taught; where a pupil's own work does, the scripts of its kinds. Nothing personal is kept.
   And where a Wi-Fi leads nowhere, though the browser holds itself to be online, a press that leaves a page of ours lets it
   stay: "nothing to show" instead of the browser's own page of errors. */
const NAME = "giotay-{{ url_for('static', filename='')|replace('/', '') }}";
const SHELL = {{ shell|tojson }};
const FILES = {{ ['css/base.css', 'css/phone.css', 'css/practice.css', 'css/math.css', 'js/phone.js', 'js/form.js', 'js/live.js', 'js/looked.js', 'js/outbox.js', 'js/page.js', 'js/alone.js', 'js/away.js', 'js/drafts.js', 'js/needs.js', 'js/signals.js', 'js/store.js', 'js/ids.js', 'js/photo.js', 'js/practice.js', 'js/shown.js', 'js/rounds.js', 'js/charts.js', 'icons.svg', 'favicon.svg']|tojson }}.map((file) => {{ url_for('static', filename='')|tojson }} + file).concat({{ words|tojson }});
const TEACHER = {{ teacher|tojson }};
const OWN = {{ ['css/offline.css', 'js/offline.js', 'js/waiting.js', 'js/tab.js']|tojson }}.map((file) => {{ url_for('static', filename='')|tojson }} + file);
const KINDS = {{ ['js/arrange.js', 'js/draw.js', 'js/sure.js']|tojson }}.map((file) => {{ url_for('static', filename='')|tojson }} + file);
const KEPT = new Set([...FILES, ...OWN, ...KINDS]);
const MORE = { teacher: [TEACHER, ...OWN], kinds: KINDS };

addEventListener("install", (event) => event.waitUntil(caches.open(NAME).then((cache) => cache.addAll([SHELL, ...FILES])).then(() => skipWaiting())));
addEventListener("activate", (event) =>
  event.waitUntil(caches.keys().then((names) => Promise.all(names.filter((name) => name !== NAME).map((name) => caches.delete(name)))).then(() => clients.claim())),
);
addEventListener("message", (event) => MORE[event.data] && event.waitUntil(caches.open(NAME).then((cache) => cache.addAll(MORE[event.data]))));

/** A link or a form of one of our own pages, in the whole window, to another. What comes from elsewhere, fills a frame or
    carries a file is left to the browser, which tells the server more of it than a worker does. */
function leaves({ clientId, request }, { origin, pathname }) {
  const isTyped = request.method === "POST" && request.headers.get("Content-Type")?.startsWith("application/x-www-form-urlencoded");
  return clientId && origin === location.origin && request.mode === "navigate" && request.destination === "document" && (request.method === "GET" || isTyped) && /^\/(l|j|language)\b/.test(pathname);
}

async function stay({ clientId, request }) {
  (await clients.get(clientId))?.postMessage({ unsent: request.method });
  return new Response(null, { status: 204 });
}

addEventListener("fetch", (event) => {
  const { request } = event;
  const address = new URL(request.url);
  const goOn = () => leaves(event, address) && event.respondWith(fetch(request).catch(() => stay(event)));
  if (request.method !== "GET" || address.origin !== location.origin) return goOn();
  const shell = /^\/l\/\w+\/(lesson|practice\/\w+)$/.test(address.pathname) ? SHELL : /^\/l\/\w+\/runs\/\w+\/(console|attendance)$/.test(address.pathname) && TEACHER;
  if (KEPT.has(address.pathname)) event.respondWith(caches.match(request).then((kept) => kept || fetch(request)));
  else if (request.mode === "navigate" && shell) event.respondWith(fetch(request).catch(async (fault) => (await caches.match(shell)) ?? Promise.reject(fault)));
  else goOn();
});

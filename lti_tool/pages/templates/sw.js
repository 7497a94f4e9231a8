/* The offline shell: the phone's page without anybody in it, and the static files it needs. Nothing personal is kept. */
const NAME = "giotay-{{ url_for('static', filename='')|replace('/', '') }}";
const SHELL = {{ shell|tojson }};
const FILES = {{ ['css/base.css', 'css/phone.css', 'css/practice.css', 'js/phone.js', 'js/form.js', 'js/live.js', 'js/outbox.js', 'js/page.js', 'js/store.js', 'js/ids.js', 'js/photo.js', 'js/practice.js', 'js/shown.js', 'js/rounds.js', 'js/charts.js', 'icons.svg', 'favicon.svg']|tojson }}.map((file) => {{ url_for('static', filename='')|tojson }} + file).concat({{ words|tojson }});

addEventListener("install", (event) => event.waitUntil(caches.open(NAME).then((cache) => cache.addAll([SHELL, ...FILES])).then(() => skipWaiting())));
addEventListener("activate", (event) =>
  event.waitUntil(caches.keys().then((names) => Promise.all(names.filter((name) => name !== NAME).map((name) => caches.delete(name)))).then(() => clients.claim())),
);
addEventListener("fetch", (event) => {
  const { request } = event;
  const address = new URL(request.url);
  if (request.method !== "GET" || address.origin !== location.origin) return;
  if (FILES.includes(address.pathname)) event.respondWith(caches.match(request).then((kept) => kept || fetch(request)));
  else if (request.mode === "navigate" && /^\/l\/\w+\/(lesson|practice\/\w+)$/.test(address.pathname)) event.respondWith(fetch(request).catch(() => caches.match(SHELL)));
});

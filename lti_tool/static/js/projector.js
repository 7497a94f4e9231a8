/* The screen in the room. Keyboard and clicker run the whole lesson: → or PageDown next, ← or PageUp back, B or .
   blank, C the look (light, dark, high contrast), F full screen, ↓ and ↑ through a wall of posts. Never a name beside an answer. */

import { anew } from "./anew.js";
import { cloud, grid, isGrid, spots } from "./charts.js";
import { looks } from "./look.js";
import { $, $$, boot, el, get, icon, keyTexts, minutes, pointed, svg, t } from "./page.js";
import { goalText, moved, rounds } from "./rounds.js";
import { Steering } from "./steer.js";

const LONG = 160;
const CODES_EVERY = 20000;

const page = { view: null, gauge: null, isBlank: false, codes: [], isHeld: false };

const steering = new Steering({
  state: ({ state }) => {
    if (!state) return;
    page.view = state;
    page.isHeld = false;
    render();
  },
  gauge: ({ gauge }) => {
    page.gauge = gauge;
    renderCounts();
  },
  link: (status) => (document.body.dataset.link = status),
  over: () => (location.href = boot.report),
});
const live = steering.live;
const look = looks((name) => ($("#look span").textContent = t(`projector.look.${name}`)));

// --- keys -------------------------------------------------------------------------------------------------------------

const keys = {
  ArrowRight: forth, PageDown: forth, " ": forth, Enter: forth,
  ArrowLeft: back, PageUp: back,
  ArrowDown: () => turn(1), ArrowUp: () => turn(-1),
  b: blank, B: blank, ".": blank,
  c: look, C: look,
  f: full, F: full,
};
addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
  if (event.target.closest("button") && ["Enter", " "].includes(event.key)) return;
  const act = keys[event.key];
  if (!act || (/^Arrow(Up|Down)$/.test(event.key) && $("#turn").hidden)) return;
  event.preventDefault();
  act();
});
for (const [id, act] of Object.entries({ forth, back, blank, look, full, turn: () => turn(1) })) $(`#${id}`).addEventListener("click", act);

/** One press is one step: a second one waits for the state the first one makes. Ending is left to the console. */
function forth() {
  const step = page.view?.forth;
  if (!boot.console || !step || page.isHeld || step.action === "end") return;
  hold();
  steering.ask(step);
}

function back() {
  if (!boot.console || page.isHeld || !page.view?.back) return;
  hold();
  steering.ask(page.view.back);
}

function hold() {
  page.isHeld = true;
  setTimeout(() => (page.isHeld = false), 1500);
}

function blank() {
  page.isBlank = !page.isBlank;
  render();
}

function full() {
  if (document.fullscreenElement) document.exitFullscreen();
  else document.documentElement.requestFullscreen?.().catch(() => {});
}

// --- showing ----------------------------------------------------------------------------------------------------------

function render() {
  const { view } = page;
  const asked = view.phase === "running" ? view.activity : null;
  document.body.dataset.phase = view.phase;
  document.body.classList.toggle("pj-blank", page.isBlank);
  $("#join").hidden = page.isBlank || isFaceDown() || view.phase !== "lobby";
  $("#main").hidden = !$("#join").hidden;
  $(".pj-strip").hidden = page.isBlank;
  if (boot.codes) $("#strip").hidden = view.phase === "ended"; // the code opens nothing any more
  $("#where").textContent = asked ? where(asked) : [boot.course, view.title].filter(Boolean).join(" · ");
  $("#forth-text").textContent = view.forth ? t(`steer.${stepName(view.forth)}`) : t("projector.forth");
  $("#forth").disabled = !view.forth || view.forth.action === "end";
  $("#back").disabled = !view.back;
  $("#turn").hidden = !asked?.wall || page.isBlank;
  if (page.isBlank) rest(t("projector.blanked"), t("projector.blank_again"));
  else if (isFaceDown()) rest(t("projector.face_down"), t("projector.face_down_what"));
  else if (view.phase === "ended") rest(t("projector.ended"), reached().join(" ") || t("projector.ended_what"));
  else if (asked) question(asked);
  if (asked?.wall) wall();
  if (asked?.presented && !page.isBlank) presented();
  invite();
  footers(asked);
  word();
  fit();
  renderCounts();
  tick();
}

/** How far the class has come towards its goal, and which groups are ahead. */
const reached = () => [page.view.goal && goalText(page.view.goal), podium()].filter(Boolean);

const isFaceDown = () => Boolean(page.view.paused?.face_down) && page.view.phase !== "ended";
const stepName = (step) => (step.what ? `${step.action}_${step.what}` : step.action);

function where(asked) {
  const number = t(asked.kind === "slide" ? "projector.part" : "projector.question", { n: page.view.index, total: page.view.total });
  const round = asked.about ? ` · ${t("projector.group", { n: asked.about })}` : asked.round > 1 ? ` · ${t("projector.round", { n: asked.round })}` : "";
  const stage = stageOf(asked, asked.shown?.at(-1)) || (asked.answering && t(`projector.answering.${asked.answering}`));
  return number + round + (stage ? ` · ${stage}` : "");
}

function stageOf(asked, shown) {
  if (page.view.talk) return t("projector.stage.talk");
  if (page.view.paused) return t("projector.stage.paused");
  if (asked.presented) return t("projector.group", { n: asked.presented.group });
  if (shown) return t(`projector.stage.${shown}`);
  return asked.is_open ? "" : t("projector.stage.locked");
}

function rest(title, text) {
  const main = $("#main");
  main.className = "pj-main pj-rest";
  delete main.dataset.shown;
  main.replaceChildren($("#cover").content.cloneNode(true), el("h2", {}, title), el("p", {}, text));
}

/** What invites to answer says instead that the lesson is paused: no phone takes anything then. */
function invite() {
  for (const line of $$("[data-invites]", $("#main"))) {
    line.invitation ??= line.textContent;
    line.textContent = page.view.paused ? t("projector.is_paused") : line.invitation;
  }
}

/** The question keeps its place; only what changed is drawn, so that nothing flickers. */
function question(asked) {
  const main = $("#main");
  const signature = `${asked.id}:${asked.round}:${(asked.shown ?? []).join()}:${asked.presented?.group}`;
  const said = JSON.stringify([asked.answered, asked.tally, asked.before, asked.key]);
  const isSame = main.dataset.shown === signature;
  if (isSame && main.said === said) return;
  main.dataset.shown = signature;
  main.said = said;
  const { name, nodes } = picture(asked);
  if (isSame) {
    anew(main, nodes, (node) => node.matches(FILLED));
    if ($("[data-cloud]", main)) cloud($("[data-cloud]", main), asked.tally ?? []);
  } else main.replaceChildren(...nodes);
  main.className = name;
  fit();
  announce(where(asked));
}

const FILLED = "[data-wall], [data-presented], [data-cloud]";

/** What stands in the middle, and the class that says how it is set. */
function picture(asked) {
  const has = (what) => asked.shown?.includes(what);
  const keys = new Set(has("key") ? asked.key.options : []);
  const parts = document.createElement("template");
  parts.innerHTML = asked.html;
  $$(":is([data-option], [data-row], [data-statement]) > span, .pj-columns span", parts.content).forEach((text) => text.classList.add("pj-text"));
  const stem = $(".stem", parts.content);
  const options = $(".pj-options", parts.content);
  const isLong = stem && stem.textContent.length > LONG;
  if (has("explanation")) {
    const why = el("div", { class: "pj-why text" }, el("div"));
    why.firstChild.innerHTML = asked.explanation;
    if ($(".spots", parts.content)) spots(parts.content, asked.tally ?? [], keys);
    parts.content.append(why);
  } else if ($("[data-cloud]", parts.content)) cloud($("[data-cloud]", parts.content), asked.tally ?? []);
  else if (asked.tally?.length && $(".spots", parts.content)) spots(parts.content, asked.tally, keys);
  else if (isGrid(asked.tally)) {
    const names = new Map($$("[data-row], [data-option]", parts.content).map((li) => [li.dataset.row ?? li.dataset.option, li]));
    const drawn = grid(asked.tally, (row) => nameOf(row, names.get(row)), keys, asked.kind);
    const list = $(".pj-options, .pj-says", parts.content);
    $(".pj-write", parts.content)?.remove();
    if (list) list.replaceWith(drawn);
    else parts.content.append(drawn);
  } else if (asked.tally?.length && !$(".pj-says", parts.content)) {
    const texts = new Map($$("[data-option]", parts.content).map((li) => [li.dataset.option, $("span", li).innerHTML]));
    $$(".pj-options, .pj-write", parts.content).forEach((node) => node.remove());
    parts.content.append(asked.before ? rounds(asked, (option, label) => drawn(option, label, texts)) : distribution(asked, texts));
  } else if (asked.tally?.length) says(parts.content, asked);
  if (has("key")) key(parts.content, asked);
  const isSmall = isLong || has("distribution") || has("explanation") || $(".pj-pairs, .grid-bars, .spots, .pj-says", parts.content);
  const names = {
    "pj-wall": asked.wall,
    "pj-small": isSmall,
    "pj-many": options?.children.length > 4,
    "pj-lettered": options,
    "pj-told": has("explanation"),
  };
  const name = ["pj-main", ...Object.keys(names).filter((one) => names[one])].join(" ");
  parts.content.append(el("p", { class: "pj-note" }, icon("phone", 32), t("projector.on_phones")));
  return { name, nodes: [...parts.content.childNodes] };
}

/** What pupils post; its script comes with the first such activity. */
async function wall() {
  const { draw } = await import("./board.js");
  const asked = page.view.phase === "running" ? page.view.activity : null;
  const box = $("#main [data-wall]");
  if (box && asked?.wall) draw(box, asked.wall, (number) => boot.post_photo?.replace("which/0/0", `${asked.id}/${asked.round}/${number}`));
}

/** The posts that did not fit, on this screen alone. */
async function turn(step) {
  const box = $("#main [data-wall]");
  if (box) (await import("./board.js")).turn(box, step);
}

/** A group's product: what the class looks at while the group speaks. */
async function presented() {
  const { present } = await import("./board.js");
  const asked = page.view.phase === "running" ? page.view.activity : null;
  const box = $("#main [data-presented]");
  if (!box || !asked?.presented) return;
  present(box, asked.presented, (number) => boot.post_photo?.replace("which/0/0", `${asked.id}/${asked.round}/${number}`));
  fit();
}

const STEPS = ["", "1", "2", "3", "4"];
const LINES = [14, 12, 10, 8, 6, 5, 4, 3, 2];
const WAYS = [
  ...STEPS.map((step) => ({ step })),
  ...STEPS.map((step) => ({ step, brief: "options" })),
  ...LINES.map((lines) => ({ step: STEPS.at(-1), brief: "all", lines })),
];

/** What does not fit is drawn smaller, down to what the last row can read. What is still too long is read on the phones:
    first the options' words, then what follows the first lines. */
function fit() {
  const main = $("#main");
  delete main.dataset.brief;
  const words = $("[data-cloud]", main);
  if (words) return thin(main, words);
  for (const { step, brief, lines } of WAYS) {
    main.dataset.fit = step;
    if (brief) main.dataset.brief = brief;
    else delete main.dataset.brief;
    main.style.setProperty("--lines", lines ?? "none");
    if (isWhole(main)) return;
  }
}

const isWhole = (main) => main.scrollHeight <= main.clientHeight + 1;

/** The rarest words of a cloud make room until the others can be read; a line says how many, the console has them all. */
function thin(main, box) {
  const words = $$("[data-word]", box);
  words.forEach((word) => (word.hidden = false));
  delete box.dataset.more;
  for (const step of STEPS) {
    main.dataset.fit = step;
    if (isWhole(main)) return;
  }
  const rarest = words.sort((a, b) => a.dataset.n - b.dataset.n).slice(0, -1);
  for (const [n, word] of rarest.entries()) {
    word.hidden = true;
    box.dataset.more = t("projector.more_words", { n: n + 1 });
    if (isWhole(main)) return;
  }
}

function distribution(asked, texts) {
  const most = Math.max(1, asked.answered);
  const rows = asked.tally.map(({ option, count, label }) => {
    const fill = /^[A-D]$/.test(option) ? `fill-${option.toLowerCase()}` : "fill-e";
    const bar = svg("svg", { class: "bar", "aria-hidden": "true" }, svg("rect", { class: fill, width: `${(100 * count) / most}%`, height: "100%" }));
    return el("li", { "data-option": option }, ...drawn(option, label, texts), bar, el("b", {}, t("projector.pupils", { n: count })));
  });
  return el("ol", { class: "dist" }, ...rows);
}

/** An option's shape and its text, as the question showed them. */
function drawn(option, label, texts) {
  const text = el("span", { class: texts.has(option) ? "pj-text" : null });
  if (texts.has(option)) text.innerHTML = texts.get(option);
  else text.textContent = pointed(option, label || option);
  const sign = { true: "check", false: "cross" }[option];
  const shape = document.getElementById(`shape-${option}`)?.content.cloneNode(true);
  return [shape ?? (sign ? icon(sign, 64) : el("em")), text];
}

/** A row's name: its letter or number and its text, as the question showed them. */
function nameOf(row, li) {
  const name = el("span", { class: "row" });
  if (li?.matches("li")) name.append(...li.cloneNode(true).childNodes);
  else name.append(el("b", {}, `(${row})`));
  return name;
}

/** Four statements: beside each, how many said true; in a second round also how many had. */
function says(root, asked) {
  const [was, now] = [asked.before?.tally ?? [], asked.tally].map((tally) => new Map(tally.map(({ option, count }) => [option, count])));
  const counted = (option) => (asked.before ? `${was.get(option) ?? 0} → ${now.get(option) ?? 0}` : (now.get(option) ?? 0));
  for (const li of $$("[data-statement]", root)) {
    const name = li.dataset.statement;
    li.append(el("small", { class: "pj-said" }, t("projector.true_false", { yes: counted(`${name}:true`), no: counted(`${name}:false`) })));
  }
}

function key(root, asked) {
  const marked = new Set(asked.key.options);
  for (const li of $$("[data-option]", root)) {
    li.classList.add(marked.has(li.dataset.option) ? "key" : "rest");
    if (marked.has(li.dataset.option) && li.closest(".pj-options")) li.append(el("span", { class: "chip chip-board" }, icon("key", 28), t("projector.key")));
  }
  for (const li of $$("[data-statement]", root)) {
    const word = marked.has(`${li.dataset.statement}:true`) ? "true" : "false";
    li.append(el("span", { class: "chip chip-board" }, icon("key", 28), t(`projector.${word}`)));
  }
}

/** What the key was, in words; true and false have words of this page's language. */
function keyWords(key) {
  const words = key.options.filter((option) => ["true", "false"].includes(option)).map((option) => t(`projector.${option}`));
  const spoken = key.texts.length ? keyTexts(key) : words;
  return spoken.join(` ${t("projector.or")} `);
}

/** Below: time and counts while the question is open; after the key, what it was and how many had it. */
function footers(asked) {
  const isKeyShown = asked?.shown?.includes("key") && !page.isBlank;
  $("#foot").hidden = page.isBlank || isKeyShown || page.view.phase === "ended";
  $("#foot").classList.toggle("pj-whole", !asked?.is_open && !page.view.talk);
  const said = isKeyShown ? keyWords(asked.key) : "";
  const isSpoken = isKeyShown && (said || asked.shown.includes("explanation"));
  $("#now").hidden = !isSpoken;
  if (!isSpoken) return;
  $("#now-icon").replaceChildren(icon(asked.shown.includes("explanation") ? "bulb" : "key", 48));
  $("#now-bold").textContent = said ? t("projector.key_was", { key: said }) : t("projector.key_shown");
  // Several numbers may be near enough to the key: one bar does not say how many were right.
  const isOneRight = asked.key.options.length === 1 && asked.kind !== "number";
  const right = isOneRight && asked.tally?.find(({ option }) => option === asked.key.options[0]);
  const had = right && t("projector.right", { n: right.count, of: asked.answered });
  $("#now-more").textContent = [had, moved(asked.before?.moved), ...reached()].filter(Boolean).join(" · ");
}

/** Groups that are ahead, by place; in a meeting only where the teacher shows them there too. */
function podium() {
  const { audience, places = [] } = page.view.podium ?? {};
  if (!places.length || (!boot.codes && audience !== "meeting")) return "";
  const named = (place) => place.map((group) => t("projector.group", { n: group })).join(", ");
  return t("projector.podium", { groups: places.map((place, n) => `${n + 1}. ${named(place)}`).join(" · ") });
}

/** A hand that was called: the one name that stands on the wall. The view holds no ids, so the name is fetched. */
async function word() {
  const { called } = page.view;
  $("#called").hidden = !called || page.isBlank || page.named !== called;
  if (!called || page.asking === called || !boot.called) return; // who only watches reads no name here
  page.asking = called;
  try {
    const { number, name } = await get(boot.called);
    if (number !== page.view.called) return;
    $("#called b").textContent = name;
    page.named = called;
    $("#called").hidden = page.isBlank;
  } catch (fault) {
    if (fault.fault === "network") page.asking = null; // the next state asks again
  }
}

/** What so many have done: of a page of slides they say whether they follow, on a wall they post. */
function done({ kind, wall }) {
  if (wall) return t("projector.posted");
  return t(kind === "slide" ? "projector.said_so" : "projector.answered");
}

function renderCounts() {
  const { view, gauge } = page;
  if (!view || !gauge) return;
  const words = $("#main [data-cloud]");
  if (words && gauge.tally && view.activity?.is_open) {
    cloud(words, gauge.tally);
    fit();
  }
  const asked = view.phase === "running" && gauge.answered ? view.activity : null; // without names nobody is told who has posted
  const present = gauge.present.room + gauge.present.home;
  const answered = asked ? gauge.answered.room + gauge.answered.home : 0;
  const whole = Math.max(1, asked ? present : boot.total, asked ? answered : present);
  const count = asked
    ? [el("b", {}, `${answered}/${Math.max(present, answered)}`), ` ${done(asked)}`]
    : [el("span", { class: "pj-big" }, t("projector.here", { n: present })), " ", el("small", {}, boot.total ? t("projector.of", { n: boot.total }) : "")];
  $("#count").replaceChildren(...(view.talk ? [el("b", {}, t("projector.talk"))] : count));
  const shown = asked ? gauge.answered : gauge.present;
  const of = (mode) => (asked ? `${gauge.answered[mode]}/${Math.max(gauge.present[mode], gauge.answered[mode])}` : String(gauge.present[mode]));
  $("#room").textContent = of("room");
  $("#home").textContent = of("home");
  $("#bar-room").setAttribute("width", `${(100 * shown.room) / whole}%`);
  $("#bar-home").setAttribute("x", `${(100 * shown.room) / whole + 0.2}%`);
  $("#bar-home").setAttribute("width", `${(100 * shown.home) / whole}%`);
}

function announce(text) {
  $("#announce").textContent = text;
}

// --- time and the changing code ---------------------------------------------------------------------------------------

function tick() {
  const asked = page.view?.phase === "running" ? page.view.activity : null;
  const talk = page.view?.talk;
  const ends = talk ? talk.ends_at : asked?.closes_at;
  const left = (talk ?? asked)?.left ?? (ends ? ends - live.now() : null);
  const isCounting = Boolean(talk || asked?.is_open) && left !== null;
  $("#timer").hidden = !asked || !(asked.is_open || talk);
  $("#clock").textContent = isCounting ? (left <= 0 ? t("projector.time_up") : minutes(left)) : t("projector.untimed");
  $("#timer").toggleAttribute("data-words", !isCounting || left <= 0);
  $("#timer").toggleAttribute("data-low", isCounting && left < 10000);
  changeCode();
}

function changeCode() {
  if (!boot.codes) return; // shared into a meeting: the code is the room's alone
  const now = live.now();
  const due = page.codes.filter(({ from }) => from <= now).pop();
  const next = page.codes.find(({ from }) => from > now);
  if (due && due !== page.code) {
    page.code = due;
    $("#qr").innerHTML = due.svg;
  }
  $("#changes").textContent = next ? t("projector.changes", { n: Math.ceil((next.from - now) / 1000) }) : "";
}

async function fetchCodes() {
  try {
    page.codes = (await get(boot.codes)).codes;
  } catch {
    /* The codes of the next minute are here already. */
  }
}

steering.start();
if (boot.codes) {
  fetchCodes();
  setInterval(fetchCodes, CODES_EVERY);
}
setInterval(tick, 250);
addEventListener("resize", () => {
  fit();
  if (page.view?.activity?.wall) wall(); // what fits is another number of cards
});
$("#main").addEventListener("load", fit, true);

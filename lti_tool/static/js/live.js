/* live.v1 from a page: a WebSocket, or polling over POST where a network blocks sockets. The page sees no difference.

   Events (on = {…}): welcome(frame), state(frame), ack(frame), refuse(frame), gauge(frame), link(status), over(code).
   status: "open", "connecting", "polling", "away". */

import { lookedAt } from "./looked.js";

const PING = "ping";
const COME_BACK = { TICKET_EXPIRED: 4003, CROWDED: 4004 };
const TRIES = 3;
const WAIT_OF_KNOWN = 3000;
const MOST_WAIT = 20000;
const POLL_EVERY = 2000;
const SOCKET_PATIENCE = 5000;
const PONG_PATIENCE = 10000;
const PONG_HURRY = 4000;
const OFFSETS = 7;
export const MOST_FRAME = 16 * 1024;
/** Refusals of the moment: what was refused is sent again. */
export const RETRY = new Set(["busy", "rate_limited", "internal"]);

export class Live {
  constructor({ socket, frames, ticket, device, locale, renew, screen }, on) {
    Object.assign(this, { url: socket, frames, ticket, device, locale, renew, screen, on });
    this.seq = null;
    this.epoch = null;
    this.html = {};
    this.offsets = [];
    this.offset = 0;
    this.tries = this.waited = 0;
    this.hasOpened = false;
    this.isOver = false;
    this.status = "connecting";
    this.pingEvery = 15;
  }

  start() {
    addEventListener("online", () => this.hurry());
    navigator.connection?.addEventListener?.("change", () => this.hurry());
    document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && this.hurry());
    this.connect();
  }

  /** Server time in ms, by the median of several probes. */
  now() {
    return Date.now() + this.offset;
  }

  get isOpen() {
    return this.status === "open" || this.status === "polling";
  }

  // --- a socket ---------------------------------------------------------------------------------------------------

  connect() {
    if (this.isOver || this.ws) return;
    this.say(this.hasOpened || this.tries ? "away" : "connecting");
    let ws;
    try {
      ws = new WebSocket(this.url, "live.v1");
    } catch {
      return this.poll();
    }
    this.ws = ws;
    let patience = setTimeout(() => ws.close(), SOCKET_PATIENCE);
    ws.onopen = () => {
      clearTimeout(patience);
      patience = setTimeout(() => ws.close(), SOCKET_PATIENCE); // a slow network takes seconds for each way
      ws.send(JSON.stringify(this.hello()));
    };
    ws.onmessage = ({ data }) => {
      if (this.ws !== ws) return;
      clearTimeout(patience);
      this.believe();
      this.hear(JSON.parse(data));
    };
    ws.onclose = ({ code }) => {
      clearTimeout(patience);
      if (this.ws === ws) this.drop(code);
    };
  }

  drop(code) {
    this.believe();
    clearInterval(this.pinging);
    this.ws = null;
    this.closed(code);
  }

  /** A socket can be open and dead, as after a change of network: who does not answer a ping in time is left alone. */
  doubt(patience) {
    clearTimeout(this.doubting);
    const asked = Date.now();
    this.doubting = setTimeout(() => {
      if (Date.now() - asked > 2 * patience) return this.ping(PONG_HURRY); // the phone slept meanwhile
      const dead = this.ws;
      this.drop(1006);
      dead.close();
    }, patience);
  }

  believe() {
    clearTimeout(this.doubting);
    this.doubting = null;
  }

  hello() {
    const { ticket, device, epoch, seq, locale } = this;
    return { t: "hello", ticket, device, epoch, seq, locale, keeps_html: true, awake: this.awake() };
  }

  /** For how long until now, of the time without a word from the server, somebody could look at this page. */
  awake() {
    return this.heardAt === undefined ? 0 : Math.round(Math.min(performance.now() - this.heardAt, lookedAt()));
  }

  closed(code) {
    if (code === 1009) this.on.tooLarge?.();
    if (code >= 4500) return this.end(code);
    this.say("away");
    const isCrowded = code === COME_BACK.CROWDED;
    if (isCrowded && document.hidden) return; // one of many tabs: until somebody looks at it
    const renewed = code === COME_BACK.TICKET_EXPIRED ? this.renewTicket() : null;
    this.tries += 1;
    if (this.tries >= TRIES && (!this.hasOpened || this.waited >= WAIT_OF_KNOWN) && navigator.onLine)
      return this.poll();
    this.waiting = setTimeout(
      async () => {
        await renewed;
        this.connect();
      },
      isCrowded ? MOST_WAIT : this.wait(),
    );
  }

  /** Three tries within a random second each, then within as long as was waited so far, up to 20 s: a school does not
      come back in one beat, and nobody is away twice as long as the server was. */
  wait() {
    const most = this.tries <= TRIES ? 1000 : Math.min(MOST_WAIT, Math.max(1000, this.waited));
    const wait = Math.random() * most;
    this.waited += wait;
    return wait;
  }

  /** The network or the page is back: try now. */
  hurry() {
    if (this.isOver) return;
    if (this.ws?.readyState === 1) return this.ping(PONG_HURRY);
    clearTimeout(this.waiting);
    if (this.isPolling) this.pollIn(0);
    else if (!this.ws) this.connect();
  }

  async renewTicket() {
    try {
      this.ticket = await this.renew();
    } catch {
      /* The next try asks again. */
    }
  }

  end(code) {
    this.isOver = true;
    clearTimeout(this.polling);
    this.isPolling = false;
    this.say("away");
    this.on.over?.(code);
  }

  // --- frames -----------------------------------------------------------------------------------------------------

  hear(frame) {
    this.heardAt = performance.now();
    const handlers = {
      welcome: () => this.welcomed(frame),
      state: () => this.stated(frame),
      ack: () => this.on.ack?.(frame),
      refuse: () => this.on.refuse?.(frame),
      gauge: () => this.on.gauge?.(frame),
      pong: () => this.probe(frame.sent_at, frame.now),
      bye: () => this.sentAway(frame.code),
    };
    handlers[frame.t]?.();
  }

  welcomed(frame) {
    this.hasOpened = true;
    this.tries = this.waited = 0;
    if (this.epoch !== frame.epoch) this.seq = null;
    this.epoch = frame.epoch;
    this.pingEvery = frame.ping_every;
    if (!this.offsets.length) this.offset = frame.now - Date.now();
    if (this.ws) {
      this.say("open");
      clearInterval(this.pinging);
      this.pinging = setInterval(() => this.ping(), this.pingEvery * 1000);
      for (const after of [50, 400, 1200]) setTimeout(() => this.ping(), after);
    }
    this.stated(frame);
    this.on.welcome?.(frame);
  }

  /** What is shown never falls back: an older state is passed over. */
  stated(frame) {
    const asked = frame.state?.activity;
    if (asked) asked.html = this.html[asked.id] = asked.html || this.html[asked.id]; // it is sent once a connection
    if (this.seq !== null && frame.seq < this.seq) return;
    this.seq = frame.seq;
    if (frame.state || frame.me) this.on.state?.(frame);
  }

  ping(patience = PONG_PATIENCE) {
    if (this.ws?.readyState !== 1) return;
    this.ws.send(JSON.stringify({ t: PING, sent_at: Date.now() }));
    if (!this.doubting || patience < PONG_PATIENCE) this.doubt(patience);
  }

  probe(sentAt, serverNow) {
    const now = Date.now();
    this.offsets = [...this.offsets, serverNow - (sentAt + now) / 2].slice(-OFFSETS);
    const sorted = [...this.offsets].sort((a, b) => a - b);
    this.offset = Math.round(sorted[sorted.length >> 1]);
  }

  /** Sends a frame now if it can; the outbox offers it again otherwise. */
  send(frame) {
    if (this.ws?.readyState === 1 && this.status === "open") this.ws.send(JSON.stringify(frame));
    else if (this.status === "polling") this.pollSoon(frame);
    else return false;
    return true;
  }

  // --- polling ----------------------------------------------------------------------------------------------------

  /** The same frames over HTTP. A socket is tried again once in a while: networks change. */
  poll() {
    this.isPolling = true;
    this.queued = [];
    this.polls = 0;
    this.failures = 0;
    this.pollIn(0);
  }

  pollIn(ms) {
    clearTimeout(this.polling);
    this.polling = setTimeout(() => this.ask(), ms);
  }

  pollSoon(frame) {
    this.queued.push(frame);
    if (!this.isAsking) this.pollIn(30);
  }

  /** One round: what waits goes up, the answers come down. One request at a time, and fewer while nobody answers. */
  async ask() {
    if (this.isAsking || !this.isPolling) return;
    this.isAsking = true;
    const sent = this.queued.splice(0, 20);
    try {
      const frames = await this.exchange(sent);
      this.failures = 0;
      if (!this.isOver) this.say("polling");
      frames.forEach((frame) => this.hear(frame));
    } catch {
      this.failures += 1;
      this.queued.unshift(...sent);
      this.say("away");
    }
    this.polls += 1;
    const isTime = this.polls % 30 === 0 || this.failures === 3;
    const works = this.isPolling && isTime && (await this.socketWorks());
    this.isAsking = false;
    if (works && !this.queued.length) this.leavePolling();
    else if (this.isPolling) this.pollIn(this.queued.length && !this.failures ? 30 : this.pause());
  }

  async exchange(sent) {
    const answer = await fetch(this.frames, {
      method: "POST",
      headers: { "Content-Type": "application/json", Accept: "application/json" },
      body: JSON.stringify([this.hello(), { t: PING, sent_at: Date.now() }, ...sent]),
      credentials: "omit",
      signal: AbortSignal.timeout?.(MOST_WAIT),
    });
    if (!answer.ok) throw new Error(String(answer.status));
    return answer.json();
  }

  pause() {
    return Math.min(MOST_WAIT, POLL_EVERY * 2 ** this.failures) * (0.75 + Math.random() / 2);
  }

  leavePolling() {
    this.isPolling = false;
    this.tries = this.waited = 0;
    this.connect();
  }

  /** What a close code says to a socket, said to a poll. */
  sentAway(code) {
    if (code >= 4500) this.end(code);
    else if (code === COME_BACK.TICKET_EXPIRED) this.renewTicket();
  }

  socketWorks() {
    return new Promise((resolve) => {
      const probe = new WebSocket(this.url, "live.v1");
      const give = (works) => {
        resolve(works);
        probe.close();
      };
      setTimeout(() => give(false), SOCKET_PATIENCE);
      probe.onopen = () => give(true);
      probe.onerror = () => give(false);
    }).catch(() => false); // a page that may open none
  }

  /** The page is going away: what waits is sent by a request that outlives it. */
  farewell(frames) {
    if (!frames.length) return;
    const body = JSON.stringify([this.hello(), ...frames]);
    if (body.length > 60000) return;
    fetch(this.frames, {
      method: "POST",
      keepalive: true,
      headers: { "Content-Type": "application/json" },
      body,
      credentials: "omit",
    }).catch(() => {});
  }

  say(status) {
    if (this.status === status) return;
    this.status = status;
    this.on.link?.(status);
  }
}

/* Paper cards on the console: a photo of the room, or the camera's view, is read into letters; the teacher corrects by
   tap and enters them. Frames are read on the server in memory and kept nowhere. */

import { uuid7 } from "./ids.js";
import { listed, rowOf } from "./listed.js";
import { $, $$, boot, complain, get, post, t } from "./page.js";
import { shrink } from "./photo.js";
import { placeOf, seatIn } from "./room.js";

const LONGEST_SIDE = 2560;
const FRAME_MS = 600;
const LETTERS = ["A", "B", "C", "D"];

export class PaperSheet {
  /** `page` is the console's own: names, seats. */
  constructor(page) {
    this.page = page;
    this.box = $("#paper");
    this.box.addEventListener("click", ({ target }) => this.pressed(target.closest("button")));
    this.box.addEventListener("close", () => this.stop());
    $("input", this.box).addEventListener("change", ({ target }) => this.photograph(target).catch(complain));
  }

  async open() {
    this.asked = await get(boot.cards);
    this.answers = { ...this.asked.card };
    this.sent = { ...this.asked.card };
    this.unsure = new Set();
    this.tapped = new Set();
    this.phone = new Set(this.asked.phone);
    this.tell("");
    const can = this.asked.values.length > 0;
    $("#paper-none").hidden = can;
    $("#paper-extra").hidden = !can || this.asked.is_there;
    $("#paper-ways").hidden = !can || !this.asked.is_there;
    $("#paper-view").hidden = !isSecureContext || !navigator.mediaDevices;
    this.draw();
    this.box.showModal();
  }

  get pupils() {
    return listed(this.page.people, boot.total);
  }

  draw() {
    const words = this.asked.values.map((value, n) => [{ "data-letter": LETTERS[n] }, wordOf(LETTERS[n], value)]);
    $("ul", this.box).replaceChildren(...(words.length ? this.pupils.map((pupil) => rowOf(pupil, "paper", words)) : []));
    this.show();
  }

  /** Names have come, perhaps while the sheet is open: what was read of them waits for its row. */
  named() {
    if (this.box.open && $("ul", this.box).childElementCount !== this.pupils.length) this.draw();
  }

  show() {
    for (const row of $$("[data-who]", this.box)) {
      const who = row.dataset.who;
      const isDone = this.phone.has(who);
      for (const button of $$("[data-letter]", row)) {
        button.setAttribute("aria-pressed", String(!isDone && this.answers[who] === button.dataset.letter));
        button.disabled = isDone;
      }
      const seat = !isDone && (this.unsure.has(who) || !this.answers[who]) && seatIn(this.page.plans ?? [], who); // where to look
      const said = isDone ? t("console.paper.by_phone") : this.unsure.has(who) ? t("console.paper.unsure") : "";
      $("small", row).textContent = [said, seat && placeOf(...seat)].filter(Boolean).join(" · ");
    }
    const fresh = this.fresh.length;
    $("#paper-enter").disabled = !fresh;
    $("#paper-enter span").textContent = t("console.paper.enter", { n: fresh });
    const free = this.pupils.filter(({ id }) => !this.phone.has(id));
    const seen = free.filter(({ id }) => this.answers[id]).length;
    $("#paper-counts").textContent = t("console.paper.counts", { n: seen, of: free.length, phone: this.phone.size });
  }

  /** What is not in the log yet, as [who, letter]. */
  get fresh() {
    return Object.entries(this.answers).filter(([who, letter]) => letter && !this.phone.has(who) && this.sent[who] !== letter);
  }

  tell(text) {
    $("#paper-said").textContent = text;
  }

  pressed(button) {
    const letter = button?.dataset.letter;
    if (letter) {
      const { who } = button.closest("[data-who]").dataset;
      this.answers[who] = letter;
      this.tapped.add(who);
      this.unsure.delete(who);
      this.at = Date.now();
      this.show();
    } else if (button?.id === "paper-enter") this.enter().catch(complain);
    else if (button?.id === "paper-photo") $("input", this.box).click();
    else if (button?.id === "paper-view") this.view().catch(() => this.tell(t("console.paper.no_camera")));
  }

  async photograph(input) {
    const file = input.files[0];
    input.value = "";
    if (!file) return;
    this.tell(t("console.paper.reading"));
    await this.read(await shrink(file, LONGEST_SIDE));
  }

  async read(blob) {
    const at = Date.now();
    const said = await post(`${boot.cards}/photo`, blob).catch((fault) => (this.tell(""), Promise.reject(fault)));
    this.at = at;
    for (const [who, letter] of Object.entries(said.read)) this.hear(who, letter);
    const seen = Object.keys(said.read).length;
    const strangers = said.strangers ? ` ${t("console.paper.strangers", { n: said.strangers })}` : "";
    this.tell(seen ? t("console.paper.read", { n: seen }) + strangers : t("console.paper.nothing"));
    this.show();
  }

  /** A letter that the teacher tapped stands; one that this question has not is no answer. */
  hear(who, letter) {
    if (this.tapped.has(who)) return;
    const isOne = LETTERS.indexOf(letter) >= 0 && LETTERS.indexOf(letter) < this.asked.values.length;
    if (isOne) this.answers[who] = letter;
    if (isOne) this.unsure.delete(who);
    else if (!this.answers[who]) this.unsure.add(who);
  }

  /** The camera's own view, read a little less than twice a second; where the browser allows it (https). */
  async view() {
    if (this.camera) return this.stop();
    const camera = navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment", width: { ideal: 1920 }, height: { ideal: 1080 } } });
    this.camera = camera;
    const stream = await camera.catch((fault) => (this.stop(), Promise.reject(fault)));
    if (this.camera !== camera) return end(stream); // it took a moment to start, and was stopped meanwhile
    this.stream = stream;
    const video = $("video", this.box);
    video.srcObject = stream;
    video.hidden = false;
    $("#paper-view").setAttribute("aria-pressed", "true");
    await video.play();
    const canvas = document.createElement("canvas");
    while (this.stream === stream) {
      const begun = Date.now();
      [canvas.width, canvas.height] = [video.videoWidth, video.videoHeight];
      canvas.getContext("2d").drawImage(video, 0, 0);
      const blob = await new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg", 0.8));
      await this.read(blob).catch((fault) => (this.stop(), complain(fault)));
      await new Promise((resolve) => setTimeout(resolve, Math.max(0, FRAME_MS - (Date.now() - begun))));
    }
  }

  stop() {
    end(this.stream);
    this.camera = this.stream = null;
    $("video", this.box).hidden = true;
    $("#paper-view").setAttribute("aria-pressed", "false");
  }

  async enter() {
    this.stop();
    const entered = Object.fromEntries(this.fresh);
    const { activity, round } = this.asked;
    const { refused } = await post(boot.cards, { id: uuid7(Date.now()), activity, round, ago: Date.now() - this.at, answers: entered });
    for (const [who, code] of Object.entries(refused)) if (code === "taken") this.phone.add(who);
    for (const [who, letter] of Object.entries(entered)) if (!(who in refused)) this.sent[who] = letter;
    this.tell(t("console.paper.entered", { n: Object.keys(entered).length - Object.keys(refused).length }));
    this.show();
  }
}

/** Puts a camera out. */
const end = (stream) => stream?.getTracks().forEach((track) => track.stop());

/** "A", and what it says where that is a word: "A · Đúng". */
function wordOf(letter, value) {
  return value === "true" || value === "false" ? `${letter} · ${t(`console.${value}`)}` : letter;
}

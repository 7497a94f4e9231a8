/* A drawing on the phone: strokes by finger, mouse, pen or keys, kept as points, sent as one picture. Loaded only where
   a question asks for a drawing. */

import { $, $$ } from "./page.js";

const COLOURS = { black: "#1b2421", blue: "#2456b8", red: "#a3271c" };
const WIDTH = 5;
const RUBBER = 36;
const STEP = 24;
const SQUARE = 48;
const MOST_BYTES = 2 * 1024 * 1024;
const MOVES = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

export class Drawing {
  constructor(box, changed) {
    this.box = box;
    this.changed = changed;
    this.canvas = $("canvas", box);
    this.pen = this.canvas.getContext("2d");
    this.strokes = [];
    this.colour = "black";
    this.isOpen = true;
    this.at = [this.canvas.width / 2, this.canvas.height / 2];
    this.isDirty = false;
    this.under = null;
    this.before = null;
    if (box.dataset.under) this.show("under", box.dataset.under);
    box.addEventListener("click", ({ target }) => this.press(target.closest("button")));
    for (const [name, act] of [
      ["pointerdown", "start"],
      ["pointermove", "go"],
      ["pointerup", "end"],
      ["pointercancel", "end"],
      ["keydown", "key"],
      ["blur", "lift"],
    ])
      this.canvas.addEventListener(name, (event) => this[act](event));
    this.paint();
  }

  /** A picture below the strokes: `under` is the question's, `before` what was sent before. */
  show(which, address) {
    const picture = new Image();
    picture.onload = () => {
      this[which] = picture;
      this.paint();
    };
    picture.src = address;
  }

  /** Strokes that are not sent yet, and whether they lie on what was sent before. */
  held = {
    get: () => this.strokes.length && { strokes: this.strokes, isOnTop: this.before !== null },
    put: (draft) => {
      Object.assign(this, draft, { isDirty: true });
      this.paint();
    },
  };

  /** What was sent before a reload is gone on with. */
  load(blob) {
    if (!this.strokes.length || this.isOnTop) this.show("before", URL.createObjectURL(blob));
  }

  press(button) {
    if (!button || !this.isOpen) return;
    if (button.dataset.pen) {
      this.colour = button.dataset.pen;
      $$("[data-pen]", this.box).forEach((other) => other.setAttribute("aria-pressed", String(other === button)));
      return;
    }
    if ("drawUndo" in button.dataset) this.strokes.pop();
    else [this.strokes, this.before] = [[], null];
    this.lift();
    this.isDirty = true;
    this.changed(this.strokes.length > 0 || this.before !== null);
  }

  // --- strokes ------------------------------------------------------------------------------------------------------

  place({ clientX, clientY }) {
    const box = this.canvas.getBoundingClientRect();
    return [
      ((clientX - box.left) * this.canvas.width) / box.width,
      ((clientY - box.top) * this.canvas.height) / box.height,
    ];
  }

  start(event) {
    if (!this.isOpen || event.button > 0) return;
    event.preventDefault();
    this.canvas.focus({ preventScroll: true });
    this.canvas.setPointerCapture?.(event.pointerId);
    this.begin(this.place(event));
  }

  go(event) {
    if (!this.stroke || this.isByKey) return;
    for (const one of event.getCoalescedEvents?.() ?? [event]) this.stroke.points.push(this.place(one));
    this.paint();
  }

  end() {
    if (this.isByKey) return;
    this.finish();
  }

  begin(point) {
    this.stroke = { colour: this.colour, points: [point] };
    this.strokes.push(this.stroke);
    this.at = point;
    this.paint();
  }

  finish() {
    if (!this.stroke) return;
    this.stroke = null;
    this.isDirty = true;
    this.paint();
    this.changed(true);
  }

  /** Arrows move the pen, the space bar puts it down and lifts it. */
  key(event) {
    if (!this.isOpen) return;
    const move = MOVES[event.key];
    if (event.key === " ") {
      this.isByKey = !this.isByKey;
      if (this.isByKey) this.begin([...this.at]);
      else this.finish();
    } else if (move) {
      this.at = [0, 1].map((n) =>
        Math.max(0, Math.min([this.canvas.width, this.canvas.height][n], this.at[n] + move[n] * STEP)),
      );
      if (this.isByKey) this.stroke.points.push([...this.at]);
    } else return;
    event.preventDefault();
    this.isShown = true;
    this.paint();
  }

  lift() {
    this.isShown = false;
    if (this.isByKey) this.finish();
    this.isByKey = false;
    this.paint();
  }

  // --- the picture --------------------------------------------------------------------------------------------------

  paint() {
    const { canvas, pen } = this;
    pen.fillStyle = "#fff";
    pen.fillRect(0, 0, canvas.width, canvas.height);
    if (this.box.dataset.draw === "grid") this.squares();
    for (const picture of [this.under, this.before]) {
      if (!picture) continue;
      const scale = Math.min(canvas.width / picture.width, canvas.height / picture.height);
      const [width, height] = [picture.width * scale, picture.height * scale];
      pen.drawImage(picture, (canvas.width - width) / 2, (canvas.height - height) / 2, width, height);
    }
    this.ink();
    if (this.isShown) this.cursor();
  }

  /** Strokes on a sheet of their own, so that the rubber takes away strokes and leaves the paper. */
  ink() {
    const sheet = this.ensureSheet().getContext("2d");
    sheet.clearRect(0, 0, this.canvas.width, this.canvas.height);
    sheet.lineCap = sheet.lineJoin = "round";
    for (const { colour, points } of this.strokes) {
      sheet.globalCompositeOperation = colour === "rub" ? "destination-out" : "source-over";
      sheet.strokeStyle = COLOURS[colour] ?? "#000";
      sheet.lineWidth = colour === "rub" ? RUBBER : WIDTH;
      sheet.beginPath();
      sheet.moveTo(...points[0]);
      for (const point of points.slice(points.length > 1 ? 1 : 0)) sheet.lineTo(...point);
      sheet.stroke();
    }
    this.pen.drawImage(this.sheet, 0, 0);
  }

  ensureSheet() {
    this.sheet ??= Object.assign(document.createElement("canvas"), {
      width: this.canvas.width,
      height: this.canvas.height,
    });
    return this.sheet;
  }

  squares() {
    const { canvas, pen } = this;
    pen.strokeStyle = "#c9d6e6";
    pen.lineWidth = 2; // one would come and go where a phone draws it smaller
    pen.beginPath();
    for (let x = SQUARE; x < canvas.width; x += SQUARE) pen.moveTo(x + 0.5, 0) || pen.lineTo(x + 0.5, canvas.height);
    for (let y = SQUARE; y < canvas.height; y += SQUARE) pen.moveTo(0, y + 0.5) || pen.lineTo(canvas.width, y + 0.5);
    pen.stroke();
  }

  cursor() {
    const { pen } = this;
    pen.strokeStyle = this.isByKey ? COLOURS[this.colour] ?? "#000" : "#626b66";
    pen.lineWidth = 3;
    pen.beginPath();
    pen.arc(...this.at, 12, 0, 7);
    pen.stroke();
  }

  /** The drawing as a picture of at most 2 MB; null when nothing was drawn since the last one. */
  async blob() {
    if (!this.strokes.length || !this.isDirty) return null;
    this.isDirty = this.isShown = false;
    this.paint();
    for (const [type, quality] of [["image/png"], ["image/jpeg", 0.8], ["image/jpeg", 0.5]]) {
      const blob = await new Promise((resolve) => this.canvas.toBlob(resolve, type, quality));
      if (blob && blob.size <= MOST_BYTES) return blob;
    }
    return null;
  }
}

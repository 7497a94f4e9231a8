/* Dragging on top of an activity's form, which works without it: what is dropped ends up in the form's own controls.

   data-arrange="order"   rows change places         data-arrange="pairs"   a row goes to a column, or a column to a row
   data-arrange="gaps"    a word goes to a gap, or by a tap or a key to the next empty one */

const FAR = 6;
const GRIPS = { order: ".grip", pairs: ".grip, .bin", gaps: ".word" };

/** Makes the grips (and columns) of a form draggable. `place(field, target)` is told where a row was dropped. */
export function arrange(form, place) {
  const kind = form.dataset.arrange;
  let held = null;
  const start = (event) => {
    if (!event.isPrimary || event.button) return;
    const from = event.target.closest(GRIPS[kind]);
    const thing = from?.closest("[data-field], .bin, .word");
    if (!thing || form.dataset.closed !== undefined) return;
    event.preventDefault();
    held = { thing, x: event.clientX, y: event.clientY, id: event.pointerId, isFar: false };
  };
  const move = (event) => {
    if (!held || event.pointerId !== held.id) return;
    const [dx, dy] = [event.clientX - held.x, event.clientY - held.y];
    if (!held.isFar && Math.hypot(dx, dy) <= FAR) return;
    if (!held.isFar) form.setPointerCapture(event.pointerId); // not before: a tap stays a click on what was tapped
    held.isFar = true;
    held.thing.dataset.held = "";
    held.thing.style.transform = `translate(${kind === "order" ? 0 : dx}px, ${dy}px)`;
    mark(under(event));
  };
  const end = (event) => {
    if (!held || event.pointerId !== held.id) return;
    const target = held.isFar && event.type === "pointerup" ? under(event) : null;
    const { thing } = held;
    held = null;
    delete thing.dataset.held;
    thing.style.transform = "";
    mark(null);
    if (target) drop(thing, target);
  };
  /** What lies under the finger, and takes what is held: rows take rows or columns, columns take rows, gaps take words. */
  const under = (event) => {
    const takes = kind === "gaps" ? ".gap" : kind === "order" || held.thing.matches(".bin") ? "[data-field]" : ".bin";
    return (
      document
        .elementsFromPoint(event.clientX, event.clientY)
        .map((one) => one.closest?.(takes))
        .find((one) => one && one !== held.thing && form.contains(one)) ?? null
    );
  };
  let marked = null;
  const mark = (target) => {
    if (marked === target) return;
    marked?.removeAttribute("data-over");
    target?.setAttribute("data-over", "");
    marked = target;
  };
  const drop = (thing, target) => {
    if (kind === "order") return place(thing, target);
    if (kind === "gaps") return put(target, thing);
    const [row, column] = thing.matches(".bin") ? [target, thing] : [thing, target];
    row.querySelector(`input[value="${CSS.escape(column.dataset.drop)}"]`)?.click();
  };
  const put = (gap, word) => {
    gap.value = word.dataset.drop;
    gap.dispatchEvent(new Event("input", { bubbles: true }));
  };
  /** The next empty gap; there may be none. */
  const fill = (word) => {
    const gap = [...form.querySelectorAll(".gap")].find(({ value, disabled }) => !value && !disabled);
    if (gap) put(gap, word);
  };
  if (kind === "gaps")
    form.addEventListener(
      "click",
      ({ target }) => target.closest(".word") && form.dataset.closed === undefined && fill(target.closest(".word")),
    );
  form.addEventListener("pointerdown", start);
  form.addEventListener("pointermove", move);
  form.addEventListener("pointerup", end);
  form.addEventListener("pointercancel", end);
}

/* An activity's editor form as its content. The form is the contract here too: a kind's `edit` macro says what is what.

   data-content="name"   a member of the content: a text, a number, a checkbox; see data-as
   data-rows="name"      a list of objects: one for each [data-row] in it that is not hidden, of its [data-field]s
   data-keeps="{json}"   on a row: members that the form does not show and must not lose
   data-as="lines"       a text as a list, a line each        data-as="decimal"   a number with comma or point, as text
   data-as="count"       a whole number, 0 for none       data-otherwise="x"      what stands for nothing written
   data-as="truth"       radios "true" and "false": true, false or null
   data-as="letters"     radios or checkboxes of one name: the values of those that are checked */

import { $$ } from "./page.js";

const readers = {
  lines: ({ value }) => value.split("\n").map((line) => line.trim()).filter(Boolean),
  decimal: ({ value, dataset }) => value.trim().replace(",", ".") || (dataset.otherwise ?? ""),
  count: ({ value, dataset }) => Math.trunc(Number(value.trim() || dataset.otherwise)) || 0,
  truth: (control, all) => ({ true: true, false: false })[all.find(({ checked }) => checked)?.value] ?? null,
  letters: (control, all) => all.filter(({ checked }) => checked).map(({ value }) => value),
};

function read(control, all) {
  const { as, otherwise } = control.dataset;
  if (as) return readers[as](control, all);
  if (control.type === "checkbox") return control.checked;
  if (control.type === "radio") return all.find(({ checked }) => checked)?.value ?? "";
  return control.value || (otherwise ?? "");
}

/** The members that the controls with this attribute give; those in hidden rows give none. */
function members(root, attribute) {
  const found = {};
  const controls = $$(`[data-${attribute}]`, root).filter((control) => !control.closest("[hidden]"));
  for (const control of controls) {
    const name = control.dataset[attribute];
    if (!(name in found)) found[name] = read(control, controls.filter((other) => other.dataset[attribute] === name));
  }
  return found;
}

/** On which terms the question is asked: [data-terms]. */
export const termsOf = (root) => members(root, "terms");

const row = (one) => ({ ...JSON.parse(one.dataset.keeps ?? "{}"), ...members(one, "field") });

/** The content that this form holds. */
export function contentOf(root) {
  const lists = $$("[data-rows]", root).map((rows) => [rows.dataset.rows, $$("[data-row]", rows).filter(({ hidden }) => !hidden).map(row)]);
  return { ...members(root, "content"), ...Object.fromEntries(lists) };
}

/** One row more or less; none is less than the rows' `data-least`. True when something changed. */
export function changeRows(root, name, isMore) {
  const list = root.querySelector(`[data-rows="${name}"]`);
  const rows = $$("[data-row]", list);
  const count = rows.filter(({ hidden }) => !hidden).length;
  const least = Number(list.dataset.least);
  if (isMore ? count >= rows.length : count <= least) return false;
  const changed = rows[isMore ? count : count - 1];
  changed.hidden = !isMore;
  const now = count + (isMore ? 1 : -1);
  root.querySelector(`[data-more="${name}"]`).disabled = now === rows.length;
  root.querySelector(`[data-less="${name}"]`).disabled = now === least;
  if (isMore) changed.querySelector("[data-field]").focus();
  return true;
}

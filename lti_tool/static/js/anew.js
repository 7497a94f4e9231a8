/* A part of a page drawn anew in place: what stays keeps its element, so that nothing flickers and no bar grows from 0 again. */

/** Makes what is in `box` what `fresh` is, place by place. Elements that `isOwn` names are filled by others: left alone. */
export function anew(box, fresh, isOwn = () => false) {
  const old = [...box.childNodes];
  fresh.forEach((node, place) => (place < old.length ? change(old[place], node, isOwn) : box.append(node)));
  old.slice(fresh.length).forEach((gone) => gone.remove());
}

function change(old, fresh, isOwn) {
  if (old.nodeName !== fresh.nodeName) return old.replaceWith(fresh);
  if (!old.attributes) {
    if (old.data !== fresh.data) old.data = fresh.data;
    return;
  }
  if (isOwn(old)) return;
  for (const { name } of [...old.attributes]) if (!fresh.hasAttribute(name)) old.removeAttribute(name);
  for (const { name, value } of fresh.attributes) if (old.getAttribute(name) !== value) old.setAttribute(name, value);
  anew(old, [...fresh.childNodes], isOwn);
}

/* What a clipboard holds besides its words: Word says x² by a raised 2, which as plain text is x2, and an equation in a comment. */

const SHAPED =
  /<(su[bp]|table|[ou]l|(\w+:)?math|mjx-container)\b|vertical-align:\s*(super|sub)\b|mso-list:|<!--\[if gte msEquation/i;

/** The HTML without what the server would leave unread anyway: other comments, styles, pictures' bytes. */
export function lean(text) {
  return text
    .replace(/<!--(?!\[if (!supportLists|gte msEquation))[^]*?-->/g, "")
    .replace(/<(style|xml|script)\b[^]*?<\/\1>/gi, "")
    .replace(/src="data:[^"]*"/gi, "");
}

/** Its plain text would lose something: raised or lowered figures, a list's letters, a table's cells, a formula. */
export const isShaped = (html, text) => SHAPED.test(html) || (!html && /<(\w+:)?math\b/.test(text));

/** Put a text where the cursor is, as if it had been typed: the browser's own undo takes it back. */
export function insert(field, text) {
  const said = field.matches("textarea") ? text : text.split(/\s*\n\s*/).join(" ").trim();
  field.focus();
  if (document.execCommand("insertText", false, said)) return;
  field.setRangeText(said, field.selectionStart, field.selectionEnd, "end");
  field.dispatchEvent(new Event("input", { bubbles: true }));
}

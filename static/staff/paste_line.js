/* A line of text as Markdown: what would mean something in Markdown is escaped, and marks stand where Markdown takes them. */
"use strict";

const RAISED = { 0: "⁰", 1: "¹", 2: "²", 3: "³", 4: "⁴", 5: "⁵", 6: "⁶", 7: "⁷", 8: "⁸", 9: "⁹", "+": "⁺", "-": "⁻", "−": "⁻", "(": "⁽", ")": "⁾", n: "ⁿ" };
const LOWERED = { 0: "₀", 1: "₁", 2: "₂", 3: "₃", 4: "₄", 5: "₅", 6: "₆", 7: "₇", 8: "₈", 9: "₉", "+": "₊", "-": "₋", "−": "₋", "(": "₍", ")": "₎" };

/* What would mean something in Markdown is meant as it stands. */
const escaped = (text) => text.replace(/[\\`*_[\]<>]/g, "\\$&").replace(/\{\{/g, "\\{\\{").replace(/~~/g, "\\~\\~").replace(/&(?=#?\w+;)/g, "\\&");
const startEscaped = (line) => line.replace(/^(#{1,6}(?=\s|$)|[-+](?=\s|$)|=+\s*$|~{3,}|[|:-][\s|:-]*-[\s|:-]*$)/, "\\$1").replace(/^(\d{1,9})([.)])(?=\s|$)/, "$1\\$2");
/* What nobody sees and no text may hold. */
const seen = (text) => text.replace(/[\u0000-\u0008\u000e-\u001f\u007f-\u0084\u0086-\u009f\u00ad\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff\ue000-\uf8ff\ufff9-\ufffc]/g, "");
const isMark = (sign) => /[\p{P}\p{S}]/u.test(sign);
const isWord = (sign) => Boolean(sign) && !/\s/.test(sign) && !isMark(sign);

function codeSpan(text) {
  const longest = Math.max(0, ...(text.match(/`+/g) || []).map((run) => run.length));
  const fence = "`".repeat(longest + 1);
  const space = /^`|`$/.test(text) ? " " : "";
  return fence + space + text + space + fence;
}

/* A line as Markdown. It is made of pieces: a text that is strong, emphasised, code or of a link, or none of that. */
function written(pieces) {
  const same = (one, other) => ["strong", "em", "link", "code"].every((what) => one[what] === other[what]);
  const joined = (from) => from.filter((piece) => piece.text).reduce((all, piece) => {
    const last = all[all.length - 1];
    if (last && same(last, piece)) last.text += piece.text;
    else all.push({ ...piece });
    return all;
  }, []);
  /* A mark stands at the words, not at the blanks around them. */
  const tight = (from) => joined(from.flatMap((piece, at) => {
    const [, before, words, after] = piece.text.match(/^(\s*)(.*?)(\s*)$/s);
    // A blank is what the pieces on both of its sides are.
    const blank = (text, one, other) => ({ text, strong: Boolean(one && other && one.strong && other.strong), em: Boolean(one && other && one.em && other.em),
      link: one && other && one.link === other.link ? one.link : null, code: false });
    if (!words) return [blank(before, from[at - 1], from[at + 1])];
    return [blank(before, from[at - 1], piece), { ...piece, text: words }, blank(after, piece, from[at + 1])];
  }));
  /* Markdown takes no mark between a letter and a sign: "**Note:**call" would show its asterisks. Such signs go out of the mark. */
  const flanked = (from, what) => {
    const all = from.map((piece) => ({ ...piece }));
    const edge = (at, step) => {
      const [piece, other] = [all[at], all[at + step]];
      if (!piece[what] || (other && other[what])) return;
      const near = step < 0 ? other && other.text.slice(-1) : other && other.text[0];
      const signs = piece.code ? piece.text : (piece.text.match(step < 0 ? /^[\p{P}\p{S}]+/u : /[\p{P}\p{S}]+$/u) || [""])[0];
      if (!signs || !isWord(near)) return;
      const rest = step < 0 ? piece.text.slice(signs.length) : piece.text.slice(0, piece.text.length - signs.length);
      const out = { ...piece, text: signs, [what]: false };
      all.splice(at, 1, ...(step < 0 ? [out, { ...piece, text: rest }] : [{ ...piece, text: rest }, out]).filter((one) => one.text));
    };
    for (let at = 0; at < all.length; at += 1) edge(at, -1);
    for (let at = all.length - 1; at >= 0; at -= 1) edge(at, 1);
    return all;
  };
  let all = tight(joined(pieces.map((piece) => ({ ...piece, text: piece.text.replace(/[\s\u00a0]+/g, " ") }))));
  all = tight(flanked(flanked(all, "strong"), "em"));
  // Two kinds of mark that touch are not told apart.
  all.forEach((piece, at) => {
    const before = all[at - 1];
    if (before && before.strong !== piece.strong && (before.em || piece.em) && (before.em || before.strong) && (piece.em || piece.strong)) before.em = piece.em = false;
  });
  all = joined(all);
  const edgesOnLink = all.some((piece, at) => piece.link && ["strong", "em"].some((what) => piece[what]
    && [-1, 1].some((step) => all[at + step] && !all[at + step][what] && isWord(step < 0 ? all[at - 1].text.slice(-1) : all[at + 1].text[0]))));
  const isMixed = all.some((piece, at) => at && piece.link && piece.link === all[at - 1].link && !(piece.strong === all[at - 1].strong && piece.em === all[at - 1].em));
  const write = (from, order) => {
    const [what, ...rest] = order;
    if (!what) return from.map((piece) => (piece.code ? codeSpan(piece.text) : escaped(piece.text))).join("");
    let said = "";
    for (let at = 0; at < from.length;) {
      let end = at + 1;
      while (end < from.length && from[end][what] === from[at][what]) end += 1;
      const inside = write(from.slice(at, end), rest);
      if (!from[at][what]) said += inside;
      else if (what === "link") said += `[${inside}](${from[at].link.href})`;
      else said += what === "strong" ? `**${inside}**` : `*${inside}*`;
      at = end;
    }
    return said;
  };
  const said = write(all, edgesOnLink || isMixed ? ["link", "strong", "em"] : ["strong", "em", "link"]);
  return said.replace(/ +/g, " ").replace(/!\[/g, "\\![").trim();
}

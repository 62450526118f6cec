/* Markdown from what Word, a web page or an email puts on the clipboard: headings, lists, tables, links, bold and code are kept, the rest is
   text. What is no part of the text that a reader of the source sees never comes along, and what cannot be kept is told.
   Everything here is a pure function of the HTML. paste_unread.js takes out what is not read, paste_links.js says where links lead,
   paste_line.js writes a line. */
"use strict";

const markdownFromHtml = (html) => readPaste(html).markdown;

/* More than a notice can hold, and what a browser needs too long for. */
const MOST_HTML = 5e6, MOST_MARKDOWN = 200 * 1024;

/* The Markdown of some HTML, and a sentence for the person who pasted about what was left out or changed. Where there is nothing to paste,
   `gone` says that all of it was struck out or hidden, and `long` that it is too much. */
function readPaste(html) {
  const long = (length) => ({ markdown: "", gone: false, long: true, said: `Not pasted: that is too much at once (${Math.ceil(length / 1024)} KB). Paste it in parts.` });
  if (html.length > MOST_HTML) return long(html.length);
  const page = new DOMParser().parseFromString(html, "text/html");
  applySheets(page);
  const told = { hosts: new Set(), counts: {} };
  const words = page.body.textContent.trim();
  dropUnread(page.body, told);
  const gone = words !== "" && page.body.textContent.trim() === "";
  const markdown = markdownFrom(page.body, told);
  if (markdown.length > MOST_MARKDOWN) return long(markdown.length);
  return { markdown, gone, long: false, said: gone ? "Not pasted: all of it was struck out, a comment or hidden." : sentences(told) };
}

function markdownFrom(root, told) {
  const BLOCKS = new Set(["ADDRESS", "ARTICLE", "ASIDE", "BLOCKQUOTE", "BODY", "CAPTION", "CENTER", "DD", "DETAILS", "DIV", "DL", "DT", "FIELDSET",
    "FIGCAPTION", "FIGURE", "FOOTER", "FORM", "H1", "H2", "H3", "H4", "H5", "H6", "HEADER", "HR", "LEGEND", "LI", "MAIN", "NAV", "OL", "P", "PRE",
    "SECTION", "SUMMARY", "TABLE", "TBODY", "TD", "TFOOT", "TH", "THEAD", "TR", "UL"]);
  const SILENT = new Set(["DATALIST", "HEAD", "META", "LINK", "NOSCRIPT", "SCRIPT", "STYLE", "TEMPLATE", "TITLE", "XML", "O:P", "COL", "COLGROUP"]);
  const FIELDS = new Set(["BUTTON", "INPUT", "SELECT", "TEXTAREA"]);
  const PICTURES = new Set(["AUDIO", "CANVAS", "EMBED", "IFRAME", "IMG", "OBJECT", "SVG", "VIDEO", "V:IMAGEDATA"]);
  const CODE = new Set(["CODE", "KBD", "SAMP", "TT"]);
  const styleOf = (node) => (node.getAttribute("style") || "").toLowerCase();
  const named = (node) => node.nodeName.toUpperCase();
  const silent = (node) => SILENT.has(named(node)) || FIELDS.has(named(node)) || PICTURES.has(named(node));
  const isBlock = (node) => node.nodeType === 1 && BLOCKS.has(node.nodeName);
  const holds = new Map();
  const holdsBlocks = (node) => {
    if (!holds.has(node)) holds.set(node, [...node.childNodes].some((child) => isBlock(child) || (child.nodeType === 1 && !silent(child) && holdsBlocks(child))));
    return holds.get(node);
  };
  for (const node of root.querySelectorAll([...FIELDS].join(", "))) if (node.type !== "hidden") tell(told, "field");
  for (const node of root.querySelectorAll("img, svg, video, audio, canvas, object, embed, iframe")) {
    // A picture of one dot only counts who opens an email.
    if (!/^[01](px)?$/.test(node.getAttribute("width") || "")) tell(told, "picture");
  }

  function target(href) {
    const plain = (href || "").trim();
    if (!plain) return null;
    if (!/^(https?:|mailto:|tel:|\/(?!\/)|#)/i.test(plain)) { tell(told, "link"); return null; }
    const found = leadsTo(plain);
    if (found.unwrapped) tell(told, "unwrapped");
    if (found.unknown) tell(told, "unknown");
    if (found.closed) told.hosts.add(new URL(found.href).hostname);
    return found.href.replace(/[\s()\\<>]/g, (sign) => ({ "(": "%28", ")": "%29" })[sign] || encodeURIComponent(sign));
  }
  /* An address that is written out holds a redirector just as well. */
  const straight = (text) => text.replace(/https?:\/\/[^\s<>"]+/gi, (address) => {
    const found = leadsTo(address);
    if (found.unwrapped) tell(told, "unwrapped");
    return found.unwrapped ? found.href : address;
  });

  function shifted(text, style) {
    if (style.raised === "" || !text.trim()) return text;
    const signs = style.raised === "super" ? RAISED : LOWERED;
    if ([...text.trim()].every((sign) => signs[sign])) return [...text].map((sign) => signs[sign] || sign).join("");
    if (!/^(st|nd|rd|th|e|er|re|o|a|ed|TM|SM|®|™|©)$/i.test(text.trim())) tell(told, "raised");
    return text;
  }

  /* The pieces that a node is made of, with "\n" for a line break. */
  function pieces(node, style, into) {
    if (node.nodeType === 3) {
      const text = shifted(straight(seen(node.nodeValue).replace(/[\s\u00a0]+/g, " ")), style);
      into.push({ text, strong: style.strong, em: style.em, link: style.link, code: style.code && !text.includes("{{") });
      return;
    }
    if (node.nodeType !== 1 || silent(node)) return;
    const name = node.nodeName;
    if (name === "BR") { into.push({ text: "\n" }); return; }
    const css = styleOf(node);
    // Word numbers its false lists with text of its own.
    if (/mso-list:\s*ignore/.test(css)) return;
    const weight = (css.match(/(?:^|;)\s*font-weight:\s*(\w+)/) || [])[1];
    const slant = (css.match(/(?:^|;)\s*font-style:\s*(\w+)/) || [])[1];
    const align = (css.match(/(?:^|;)\s*vertical-align:\s*(super|sub|baseline)/) || [])[1] || (name === "SUP" ? "super" : name === "SUB" ? "sub" : "");
    const inner = {
      strong: style.strong || (weight ? weight === "bold" || weight === "bolder" || Number(weight) >= 600 : name === "B" || name === "STRONG"),
      em: style.em || (slant ? slant === "italic" || slant === "oblique" : name === "I" || name === "EM" || name === "CITE"),
      link: style.link,
      code: style.code || CODE.has(name),
      raised: align === "baseline" ? "" : align || style.raised,
    };
    if (name === "A" && !style.link && node.textContent.trim()) {
      const href = target(node.getAttribute("href"));
      if (href) inner.link = { href };
    }
    if (name === "Q") into.push({ ...inner, text: "“" });
    for (const child of node.childNodes) pieces(child, inner, into);
    if (name === "Q") into.push({ ...inner, text: "”" });
  }

  /* Running text as paragraphs of lines: a line break in it starts a line, an empty line a paragraph. */
  function running(nodes, isHeading) {
    const all = [];
    for (const node of nodes) pieces(node, { strong: false, em: false, link: null, code: false, raised: "" }, all);
    const paragraphs = [[]];
    let line = [];
    const end = () => {
      const said = written(isHeading ? line.map((piece) => ({ ...piece, strong: false })) : line);
      if (said) paragraphs[paragraphs.length - 1].push(startEscaped(said));
      else if (paragraphs[paragraphs.length - 1].length) paragraphs.push([]);
      line = [];
    };
    for (const piece of all) if (piece.text === "\n") end(); else line.push(piece);
    end();
    return paragraphs.filter((lines) => lines.length);
  }
  const prose = (nodes, isHeading) => running(nodes, isHeading).flat().join(" ");

  /* The words of what stands in a cell or an item, where there is one line for all of it. Lists in `aside` are left for later. */
  function oneLine(node, aside) {
    const said = [];
    const gather = (from, isItem) => {
      let run = [];
      const flush = () => {
        const words = prose(run, false);
        if (words) said.push({ words, isItem });
        run = [];
      };
      for (const child of from.childNodes) {
        if (child.nodeType === 8 || (child.nodeType === 1 && silent(child))) continue;
        if (aside && (child.nodeName === "OL" || child.nodeName === "UL")) { flush(); aside.push(child); continue; }
        if (!isBlock(child) && !(child.nodeType === 1 && holdsBlocks(child))) { run.push(child); continue; }
        flush();
        gather(child, child.nodeName === "LI" || Boolean(isItem && child.nodeName !== "TABLE"));
      }
      flush();
    };
    gather(node, false);
    return said.map(({ words, isItem }, at) => {
      const before = said[at - 1];
      if (!before) return words;
      return (isItem && before.isItem && !/[.,;:!?]$/.test(before.words) ? "; " : " ") + words;
    }).join("");
  }

  /* What the mark of an item is: whether it counts, its number where it is written in digits, and whether "1." says less than it does. */
  function readMark(mark) {
    const text = mark.replace(/[\s\u00a0]+/g, " ").trim();
    const digits = text.match(/^\(?(?:\d+\.)*(\d{1,9})[.)]*$/);
    const letters = /^\(?([a-z]{1,2}|[ivxlc]+)[.)]+$/i.test(text) || /^\([a-z]+\)$/i.test(text);
    if (!text || /^[^\p{L}\p{N}]{1,3}$/u.test(text) || /^[oqvüØà§]$/.test(text)) return { numbered: false, number: NaN, text, isWords: false };
    if (!digits && !letters) return { numbered: false, number: NaN, text, isWords: true };
    return { numbered: true, number: digits ? Number(digits[1]) : NaN, text, isLost: !/^\d+[.)]?$/.test(text) };
  }

  /* Of a false list item of Word: its depth from 1, its mark, and what of its text is only its mark; nothing for anything else. */
  function falseItem(node) {
    const level = styleOf(node).match(/mso-list:\s*l\d+\s+level([1-9])/);
    const listed = /MsoListParagraph/i.test(node.className || "");
    const text = node.textContent.replace(/[\s\u00a0]+/g, " ").trim();
    if (!level && !listed) return /^[•‣◦▪●○] /.test(text) ? { depth: 1, mark: readMark(text[0]), cut: text[0] } : null;
    const span = [...node.querySelectorAll("[style]")].find((child) => /mso-list:\s*ignore/i.test(child.getAttribute("style")));
    if (span) return { depth: level ? Number(level[1]) : 1, mark: readMark(span.textContent), cut: "" };
    const typed = text.match(/^(?:[·•o§▪–-]|\(?(?:\d+\.)*(?:\d{1,4}|[a-z]|[ivx]+)[.)])(?=\s|$)/i);
    if (!level && !typed) return null;
    return { depth: level ? Number(level[1]) : 1, mark: readMark(typed ? typed[0] : ""), cut: typed ? typed[0] : "" };
  }

  /* Words without the mark at their start, of which any sign may be escaped. */
  function unmarked(words, mark) {
    let rest = words;
    for (const sign of mark) {
      rest = rest.replace(/^\\/, "");
      if (!rest.startsWith(sign)) return words;
      rest = rest.slice(sign.length);
    }
    return rest.trim();
  }

  const out = [];
  let group = 0; // Items of one list follow one another; two lists stand apart, and so does one in an item that does not start at 1.
  const push = (lines, kind) => { if (lines.some(Boolean)) out.push({ lines, kind, group }); };
  const pushItem = (indent, mark, number, words) => { if (words) out.push({ kind: "item", group, indent, mark, number, lines: [words] }); };

  function paragraph(nodes) {
    for (const lines of running(nodes, false)) {
      const ends = (line, index, all) => (index < all.length - 1 ? line + "  " : line);
      let text = [];
      for (const line of lines) {
        const item = line.match(/^[•‣◦▪●○]\s+(.*)$/);
        if (!item) { text.push(line); continue; }
        push(text.map(ends), "text");
        text = [];
        pushItem("", readMark("•"), NaN, item[1]);
      }
      push(text.map(ends), "text");
    }
  }

  function heading(node, level) {
    const span = [...node.querySelectorAll("[style]")].find((child) => /mso-list:\s*ignore/i.test(child.getAttribute("style")));
    const number = span ? span.textContent.replace(/[\s\u00a0]+/g, " ").trim() : "";
    const words = [readMark(number).numbered || readMark(number).isWords ? escaped(number) : "", prose([...node.childNodes], true)].filter(Boolean).join(" ");
    // The title of a notice is its own: the highest heading of the text is of the second level.
    if (words) push(["#".repeat(Math.min(Math.max(level, 2), 5)) + " " + words.replace(/#+$/, "\\$&")], "heading");
  }

  const counted = (number, kind) => {
    if (!/alpha|latin|roman|^[ai]$/i.test(kind)) return `${number}.`;
    if (/alpha|latin|^a$/i.test(kind)) return `${String.fromCharCode(97 + ((number - 1) % 26))}.`;
    const units = ["", "i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix"];
    return `${"x".repeat(Math.min(9, Math.floor(number / 10)))}${units[number % 10]}.`;
  };
  const kindOf = (list) => (styleOf(list).match(/list-style(?:-type)?:[^;]*?((?:lower|upper)-(?:alpha|latin|roman))/) || [])[1] || list.getAttribute("type") || "";

  function list(node, indent) {
    let number = Number(node.getAttribute("start")) || 1;
    const isOrdered = node.nodeName === "OL";
    if (isOrdered && number !== 1) group += 1;
    // What is in an item stands as far in as its words do.
    let length = 0;
    for (const item of node.children) {
      if (silent(item)) continue;
      if (item.nodeName === "OL" || item.nodeName === "UL") { list(item, indent + " ".repeat(length)); continue; }
      number = Number(item.getAttribute("value")) || number;
      length = isOrdered ? `${number}. `.length : 2;
      const nested = [];
      const words = oneLine(item, nested);
      pushItem(indent, readMark(isOrdered ? counted(number, kindOf(item) || kindOf(node)) : "-"), number, words);
      for (const inner of nested) list(inner, indent + " ".repeat(length));
      number += 1;
    }
  }

  function table(node) {
    const rows = [...node.rows];
    const grid = rows.map(() => []);
    let merged = false, room = 50000;
    rows.forEach((row, y) => {
      let x = 0;
      for (const cell of row.cells) {
        while (grid[y][x] !== undefined) x += 1;
        const words = oneLine(cell, null).replace(/\|/g, "\\|");
        const wide = Math.min(cell.colSpan, 30), tall = room > 0 ? Math.min(cell.rowSpan || rows.length, rows.length - y) : 1;
        room -= wide * tall;
        // What stands beside several rows is said in each of them.
        for (let down = 0; down < tall; down += 1) for (let right = 0; right < wide; right += 1) grid[y + down][x + right] = right ? "" : words;
        if (words && (tall > 1 || (wide > 1 && row.cells.length > 1))) merged = true;
        x += wide;
      }
    });
    const columns = [...Array(Math.max(0, ...grid.map((row) => row.length))).keys()].filter((x) => grid.some((row) => row[x]));
    // A table of one column or one row sets out a page; it says nothing as a table.
    if (columns.length < 2 || rows.length < 2 || node.querySelector("table")) {
      for (const cell of node.querySelectorAll("caption, td, th")) if (!cell.querySelector("table")) walk(cell);
      return;
    }
    if (node.caption) paragraph([...node.caption.childNodes]);
    while (grid.length > 2 && rows[rows.length - grid.length].cells.length === 1) push([grid.shift()[columns[0]]], "text");
    const line = (cells) => "| " + cells.map((cell) => cell || " ").join(" | ") + " |";
    const [head, ...body] = grid.filter((row) => row.some(Boolean)).map((row) => line(columns.map((x) => row[x])));
    push([head, line(columns.map(() => "---")), ...body], "table");
    if (merged) tell(told, "merged");
  }

  function pre(node) {
    for (const end of node.querySelectorAll("br")) end.replaceWith("\n");
    const text = seen(node.textContent).replace(/\r\n?/g, "\n").replace(/\n$/, "");
    // A placeholder would be one in code too.
    if (text.includes("{{")) { push(text.split("\n").map((line, index, all) => startEscaped(escaped(line.trim())) + (index < all.length - 1 ? "  " : "")), "text"); return; }
    const fence = "`".repeat(Math.max(2, ...(text.match(/`+/g) || []).map((run) => run.length)) + 1);
    push([fence, ...text.split("\n"), fence], "code");
  }

  // Of the false list under way, by depth: the number of the last item, whether it counts, and how long its mark is.
  const levels = [];
  function oneItem({ depth, mark }, words) {
    levels.length = depth;
    const before = levels[depth - 1];
    const number = mark.number || (before ? before.number : 0) + 1;
    let indent = "";
    for (const above of levels.slice(0, -1)) if (above) indent += " ".repeat(above.length);
    levels[depth - 1] = { number, numbered: mark.numbered, length: mark.numbered ? `${number}. `.length : 2 };
    if (mark.numbered && number !== 1 && !(before && before.numbered)) group += 1;
    pushItem(indent, mark, number, words);
  }
  /* Word on the web makes a list of each item and says its depth. */
  const isWebList = (node) => (node.nodeName === "UL" || node.nodeName === "OL") && node.firstElementChild !== null
    && [...node.children].every((item) => item.nodeName === "LI" && /^[1-9]$/.test(item.getAttribute("data-aria-level") || ""));
  const webLists = new Map();
  const isWebLists = (node) => {
    if (!webLists.has(node)) webLists.set(node, isOfWebLists(node));
    return webLists.get(node);
  };
  const isOfWebLists = (node) => node.nodeName === "DIV" && node.firstElementChild !== null
    && [...node.children].every((child) => isWebList(child) || isWebLists(child));
  function webList(node) {
    let number = Number(node.getAttribute("start")) || 1;
    for (const item of node.children) {
      const format = item.getAttribute("data-leveltext") || "";
      const isOrdered = node.nodeName === "OL";
      const own = counted(number, kindOf(item) || kindOf(node)).slice(0, -1);
      const depth = Number(item.getAttribute("data-aria-level"));
      const label = /%\d/.test(format) ? format.replace(/%(\d)/g, (_, at) => (Number(at) === depth ? own : (levels[Number(at) - 1] || { number: 1 }).number)) : `${own}.`;
      const nested = [];
      const words = oneLine(item, nested);
      oneItem({ depth, mark: { ...readMark(isOrdered ? label : "-"), ...(isOrdered ? { number } : {}) } }, words);
      for (const inner of nested) if (isWebList(inner)) webList(inner); else list(inner, "  ".repeat(depth));
      number += 1;
    }
  }

  function walk(parent) {
    let run = [];
    const flush = () => {
      if (run.some((node) => node.textContent.trim() || node.nodeName === "BR")) { paragraph(run); if (run.some((node) => node.textContent.trim())) levels.length = 0; }
      run = [];
    };
    for (const node of parent.childNodes) {
      if (node.nodeType === 8 || (node.nodeType === 1 && silent(node))) continue;
      const inlineNode = node.nodeType === 3 || (node.nodeType === 1 && !isBlock(node) && !holdsBlocks(node));
      if (inlineNode) { run.push(node); continue; }
      flush();
      if (isWebList(node)) { webList(node); continue; }
      if (isWebLists(node)) { walk(node); continue; }
      const said = node.getAttribute("role") === "heading" ? [0, node.getAttribute("aria-level") || 2] : null;
      const level = /^H([1-6])$/.exec(node.nodeName) || said || /^MsoHeading([1-6])$/i.exec(node.className || "") || /mso-outline-level:\s*([1-6])/.exec(styleOf(node));
      const item = (node.nodeName === "P" || node.nodeName === "DIV") && !holdsBlocks(node) ? falseItem(node) : null;
      if (item) {
        const words = unmarked(prose([...node.childNodes], false), item.cut);
        oneItem(item, words);
        continue;
      }
      levels.length = 0;
      group += 1;
      if (level) heading(node, Number(level[1]));
      else if (node.nodeName === "UL" || node.nodeName === "OL") { group += 1; list(node, ""); }
      else if (node.nodeName === "TABLE") table(node);
      else if (node.nodeName === "HR") continue;
      else if (node.nodeName === "PRE") pre(node);
      else if (node.nodeName === "BLOCKQUOTE") {
        const from = out.length;
        walk(node);
        const inside = assembled(out.splice(from));
        push(inside ? inside.split("\n").map((line) => (line ? "> " + line : ">")) : [], "quote");
      } else if (holdsBlocks(node)) walk(node);
      else paragraph([...node.childNodes]);
    }
    flush();
  }

  /* Whether the text speaks of items by marks that "1." would take from them. */
  function isReferredTo(marks, text) {
    return [...marks].slice(0, 200).some((mark) => {
      const core = mark.replace(/^\(|[.)]+$/g, "");
      const escapedCore = core.replace(/\./g, "\\.");
      if (/\d/.test(core)) return new RegExp(`(?<![\\d.])${escapedCore}(?!\\.?\\d)`).test(text);
      return new RegExp(`\\(${core}\\)|\\b(paragraph|point|section|clause|item|part|step|ground|article|condition)s? \\(?${core}\\b`, "i").test(text);
    });
  }

  /* The blocks one under another. A list whose numbers do not follow those before it gets another sign behind them, so that it is one of its own. */
  function assembled(blocks) {
    const lost = new Set(blocks.filter((block) => block.mark && block.mark.isLost).map((block) => block.mark.text));
    const isKept = lost.size > 0 && isReferredTo(lost, blocks.flatMap((block) => block.lines).join("\n"));
    if (lost.size && !isKept) tell(told, "numbers");
    let said = "", last = [];
    blocks.forEach((block, index) => {
      const before = blocks[index - 1];
      if (before) said += before.kind === "item" && block.kind === "item" && before.group === block.group ? "\n" : "\n\n";
      if (block.kind !== "item") { last = []; said += block.lines.join("\n"); return; }
      const { mark, indent, number } = block;
      last.length = Math.min(last.length, indent.length + 1);
      const other = last[indent.length];
      const asWords = mark.isWords || (isKept && mark.isLost);
      const isOrdered = mark.numbered && !asWords;
      const sign = isOrdered && other && other.number + 1 !== number ? (other.sign === "." ? ")" : ".") : isOrdered && other ? other.sign : ".";
      last[indent.length] = isOrdered ? { number, sign } : undefined;
      said += indent + (isOrdered ? `${number}${sign} ` : "- ") + (asWords ? escaped(mark.text) + " " : "") + block.lines.join(" ");
    });
    return said;
  }

  walk(root);
  return assembled(out);
}

/* Markdown from what Word, a web page or an e-mail puts on the clipboard: headings, lists, links and bold are kept, the rest is text.
   `markdownFrom` is a pure function of a DOM node. */
"use strict";

function markdownFromHtml(html) {
  // Comments hold Word's own markup ("[if !supportLists]"): the text between two of them, a bullet or a number, stays and is dealt with.
  const page = new DOMParser().parseFromString(html, "text/html");
  // A page that was parsed applies no style sheets, so what its own hides or strikes out gets that as a style of its own.
  for (const style of page.querySelectorAll("style")) {
    const sheet = new CSSStyleSheet();
    try { sheet.replaceSync(style.textContent.replace(/<!--|-->/g, "")); } catch (error) { continue; }
    for (const rule of sheet.cssRules) {
      const said = rule.style ? rule.style.cssText.toLowerCase() : "";
      if (!/display: none|visibility: (hidden|collapse)|line-through/.test(said)) continue;
      try { for (const node of page.body.querySelectorAll(rule.selectorText)) node.setAttribute("style", said + ";" + (node.getAttribute("style") || "")); } catch (error) { continue; }
    }
  }
  return markdownFrom(page.body);
}

/* Takes out what is no part of the text that a reader of the source sees: what it marks as removed or hides, comments and their anchors,
   and references to footnotes, which lead nowhere here. The words of a footnote stay. */
function dropUnread(root) {
  const gone = [
    "del", "s", "strike", "[hidden]", ".msoDel", ".MsoCommentReference", ".msocomtxt", ".msocomanchor", ".msocomoff", ".MsoCommentText",
    ".MsoFootnoteReference", ".MsoEndnoteReference", ".sdfootnoteanc", ".sdendnoteanc", ".sdfootnotesym", ".sdendnotesym", "sup.reference",
    "a[href*='#_msocom']", "a[href*='#_msoanchor']", "a[href*='#_ftn']", "a[href*='#_edn']", "a[href*='#cmnt']", "a[href*='#ftnt']",
    "a[href*='#cite_note']", "a[href*='#cite_ref']", "[role=doc-noteref]", "[role=doc-backlink]",
  ];
  const hides = /(^|[;\s])(display:\s*none|mso-hide:\s*all|opacity:\s*0(\.0+)?\s*(;|$|!)|text-line-through:\s*(?!none)\w)|text-decoration[-\w]*:[^;]*line-through|mso-element:\s*comment|mso-special-character:\s*comment/;
  // A comment of Google's stands at the end of the text in a box of its own.
  for (const link of root.querySelectorAll("a[id^='cmnt'][href*='#cmnt_ref']")) {
    const block = link.closest("p, li") || link;
    const box = block.parentElement;
    (box && box !== root && box.nodeName === "DIV" && box.firstElementChild === block ? box : block).remove();
  }
  for (const node of root.querySelectorAll(gone.join(", "))) node.remove();
  for (const node of root.querySelectorAll("[style]")) if (hides.test(node.getAttribute("style").toLowerCase())) node.remove();
  for (const node of root.querySelectorAll("sup > a[href^='#']:only-child, a[href^='#'] > sup:only-child")) {
    if (/^[[(]?(\d+|[a-z*†‡])[\])]?$/i.test(node.parentElement.textContent.trim())) node.parentElement.remove();
  }
  // Size and visibility hold until something inside says otherwise.
  const texts = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
  const unread = [];
  const nearest = (node, property) => {
    for (let at = node.parentElement; at; at = at === root ? null : at.parentElement) {
      const found = (at.getAttribute("style") || "").toLowerCase().match(property);
      if (found) return found[1];
    }
    return "";
  };
  for (let text = texts.nextNode(); text; text = texts.nextNode()) {
    const size = nearest(text, /(?:^|[;\s])font-size:\s*([^;]+)/), shown = nearest(text, /(?:^|[;\s])visibility:\s*(\w+)/);
    if (/^0(\.0+)?\s*([a-z%]+)?\s*(!|$)/.test(size) || shown === "hidden" || shown === "collapse") unread.push(text);
  }
  for (const text of unread) text.remove();
}

function holdsNothingToRead(html) {
  const body = new DOMParser().parseFromString(html, "text/html").body;
  const words = body.textContent.trim();
  dropUnread(body);
  return words !== "" && body.textContent.trim() === "";
}

function markdownFrom(source) {
  const root = source.cloneNode(true);
  dropUnread(root);
  const BLOCKS = new Set(["ADDRESS", "ARTICLE", "ASIDE", "BLOCKQUOTE", "BODY", "CENTER", "DD", "DIV", "DL", "DT", "FIGCAPTION", "FIGURE",
    "FOOTER", "FORM", "H1", "H2", "H3", "H4", "H5", "H6", "HEADER", "HR", "LI", "MAIN", "NAV", "OL", "P", "PRE", "SECTION", "TABLE", "UL"]);
  const SILENT = new Set(["BUTTON", "HEAD", "INPUT", "META", "LINK", "NOSCRIPT", "OBJECT", "SCRIPT", "SELECT", "STYLE", "SVG", "TEMPLATE",
    "TEXTAREA", "TITLE", "XML", "O:P"]);
  const styleOf = (node) => (node.getAttribute("style") || "").toLowerCase();
  const silent = (node) => SILENT.has(node.nodeName.toUpperCase());
  const isBlock = (node) => node.nodeType === 1 && BLOCKS.has(node.nodeName);
  const holdsBlocks = (node) => [...node.childNodes].some((child) => isBlock(child) || (child.nodeType === 1 && !silent(child) && holdsBlocks(child)));

  /* What would mean something in Markdown is meant as it stands. */
  const escaped = (text) => text.replace(/[\u0000-\u0008\u000b-\u001f\u007f\u00ad\u200b\ufeff\ue000\ue001]/g, "").replace(/[\\`*_[\]<>]/g, "\\$&").replace(/\{\{/g, "\\{\\{");
  const startEscaped = (line) => line.replace(/^(#{1,6}(?=\s)|[-+](?=\s)|>|=+$|-{3,}$|~{3,})/, "\\$1").replace(/^(\d+)([.)])(?=\s)/, "$1\\$2");

  function target(href) {
    const plain = (href || "").trim();
    if (!/^(https?:|mailto:|tel:|\/(?!\/)|#)/i.test(plain) || /[\s<>]/.test(plain)) return null;
    return plain.replace(/[()\\]/g, (found) => ({ "(": "%28", ")": "%29", "\\": "%5C" })[found]);
  }

  /* A mark stands at the words, not at the blanks around them, and reaches over no empty line. */
  const marked = (inside, mark) => inside.split(/(\s*\n\s*\n\s*)/).map((part) => {
    const words = part.trim();
    return words ? part.match(/^\s*/)[0] + mark + words + mark + part.match(/\s*$/)[0] : part;
  }).join("");

  function inline(node, strong, emphasised) {
    if (node.nodeType === 3) return escaped(node.nodeValue.replace(/[\s\u00a0]+/g, " "));
    if (node.nodeType !== 1 || silent(node)) return "";
    const name = node.nodeName;
    if (name === "BR") return "\n";
    if (name === "IMG") return "";
    const style = styleOf(node);
    // Word numbers its false lists with text of its own.
    if (/mso-list:\s*ignore/.test(style)) return "";
    const weight = (style.match(/(?:^|;)\s*font-weight:\s*(\w+)/) || [])[1];
    const bold = weight ? weight === "bold" || weight === "bolder" || Number(weight) >= 600 : name === "B" || name === "STRONG";
    const slant = (style.match(/(?:^|;)\s*font-style:\s*(\w+)/) || [])[1];
    const italic = slant ? slant === "italic" : name === "I" || name === "EM";
    const inside = [...node.childNodes].map((child) => inline(child, strong || bold, emphasised || italic)).join("");
    let said = inside;
    if (name === "A") {
      const href = target(node.getAttribute("href"));
      const words = inside.trim();
      if (href && words) said = `${inside.match(/^\s*/)[0]}[${words.replace(/\n/g, " ")}](${href})${inside.match(/\s*$/)[0]}`;
    }
    if (italic && !emphasised) said = marked(said, "*");
    if (bold && !strong) said = marked(said, "**");
    return said;
  }

  /* Running text as paragraphs of lines: a line break in it starts a line, an empty line a paragraph. */
  function running(nodes, strong) {
    const whole = nodes.map((node) => inline(node, strong, false)).join("").replace(/\*\*( *)\*\*/g, "$1").replace(/[ \t]+/g, " ");
    return whole.split(/\n\s*\n/).map((part) => part.split("\n").map((line) => startEscaped(line.trim())).filter(Boolean));
  }
  const prose = (nodes, strong) => running(nodes, strong).flat();

  /* Of a false list item of Word: its depth from 1, whether it is numbered, its number where that is written in digits, and what
     of its text is only its mark; nothing for anything else. */
  function falseItem(node) {
    const style = styleOf(node);
    const level = style.match(/mso-list:\s*l\d+\s+level([1-9])/);
    const named = /MsoListParagraph/i.test(node.className || "");
    if (!level && !named) return null;
    const mark = [...node.querySelectorAll("[style]")].find((child) => /mso-list:\s*ignore/i.test(child.getAttribute("style")));
    const text = (mark ? mark.textContent : node.textContent).replace(/[\s\u00a0]+/g, " ").trim();
    const bullet = text.match(/^(?:[·•o§▪–-]|(?:\d+\.)*(\d{1,4}|[a-z]|[ivx]+)[.)])(?=\s|$)/i);
    if (!level && !mark && !bullet) return null;
    return { depth: level ? Number(level[1]) : 1, numbered: Boolean(bullet && bullet[1]), number: bullet ? Number(bullet[1]) : NaN,
      mark: mark || !bullet ? "" : bullet[0] };
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

  function paragraph(nodes) {
    for (const lines of running(nodes, false)) push(lines.map((line, index) => (index < lines.length - 1 ? line + "  " : line)), "text");
  }

  function heading(node, level) {
    const words = prose([...node.childNodes], true).join(" ").replace(/\\?\n/g, " ");
    // The title of a notice is its own: the highest heading of the text is of the second level.
    if (words) push(["#".repeat(Math.min(Math.max(level, 2), 5)) + " " + words], "heading");
  }

  function list(node, indent) {
    let number = Number(node.getAttribute("start")) || 1;
    if (node.nodeName === "OL" && number !== 1) group += 1;
    // What is in an item stands as far in as its words do.
    let mark = "";
    for (const item of node.children) {
      if (silent(item)) continue;
      if (item.nodeName === "OL" || item.nodeName === "UL") { list(item, indent + " ".repeat(mark.length)); continue; }
      mark = node.nodeName === "OL" ? `${number++}. ` : "- ";
      const nested = [];
      const own = [];
      const gather = (from) => {
        for (const child of from.childNodes) {
          if (child.nodeName === "OL" || child.nodeName === "UL") nested.push(child);
          else if (isBlock(child) && holdsBlocks(child)) gather(child);
          else { if (isBlock(child) && own.length) own.push(document.createTextNode(" ")); own.push(child); }
        }
      };
      gather(item);
      const lines = prose(own, false);
      if (lines.length) push([indent + mark + lines.join(" ")], "item");
      for (const inner of nested) list(inner, indent + " ".repeat(mark.length));
    }
  }

  function table(node) {
    const rows = [...node.querySelectorAll("tr")].map((row) =>
      [...row.children].map((cell) => prose([cell], false).join(" ").replace(/\|/g, "\\|")));
    const width = Math.max(0, ...rows.map((row) => row.length));
    // A table of one column or one row sets out a page; it says nothing as a table.
    if (width < 2 || rows.length < 2 || node.querySelector("table")) { for (const cell of node.querySelectorAll("td, th")) if (!cell.querySelector("table")) walk(cell); return; }
    const line = (cells) => "| " + Array.from({ length: width }, (_, at) => cells[at] || " ").join(" | ") + " |";
    push([line(rows[0]), line(Array(width).fill("---")), ...rows.slice(1).map(line)], "table");
  }

  // Of the false list under way, by depth: the number of the last item, and how long its mark is.
  const levels = [];
  function walk(parent) {
    let run = [];
    const flush = () => { if (run.length) paragraph(run); run = []; };
    for (const node of parent.childNodes) {
      if (node.nodeType === 8 || (node.nodeType === 1 && silent(node))) continue;
      const inlineNode = node.nodeType === 3 || (node.nodeType === 1 && !isBlock(node) && !holdsBlocks(node));
      if (inlineNode) { run.push(node); continue; }
      flush();
      const level = /^H([1-6])$/.exec(node.nodeName) || /^MsoHeading([1-6])$/i.exec(node.className || "") || /mso-outline-level:\s*([1-6])/.exec(styleOf(node));
      const item = node.nodeName === "P" || node.nodeName === "DIV" ? falseItem(node) : null;
      if (item) {
        levels.length = item.depth;
        const before = levels[item.depth - 1];
        const goesOn = before && before.numbered;
        const number = item.number || (before ? before.number : 0) + 1;
        const mark = item.numbered ? `${number}. ` : "- ";
        const words = unmarked(prose([...node.childNodes], false).join(" "), item.mark);
        let indent = "";
        for (const above of levels.slice(0, -1)) if (above) indent += " ".repeat(above.length);
        levels[item.depth - 1] = { number, numbered: item.numbered, length: mark.length };
        if (item.numbered && number !== 1 && !goesOn) group += 1;
        if (words) push([indent + mark + words], "item");
        continue;
      }
      levels.length = 0;
      group += 1;
      if (level) heading(node, Number(level[1]));
      else if (node.nodeName === "UL" || node.nodeName === "OL") { group += 1; list(node, ""); }
      else if (node.nodeName === "TABLE") table(node);
      else if (node.nodeName === "HR") continue;
      else if (node.nodeName === "PRE") push(["```", ...node.textContent.replace(/\n$/, "").split("\n"), "```"], "code");
      else if (node.nodeName === "BLOCKQUOTE") {
        const from = out.length;
        walk(node);
        for (const block of out.slice(from)) { block.lines = block.lines.map((line) => "> " + line); block.kind = "quote"; }
      } else if (holdsBlocks(node)) walk(node);
      else paragraph([...node.childNodes]);
    }
    flush();
  }
  walk(root);

  let markdown = "";
  out.forEach((block, index) => {
    const before = out[index - 1];
    if (before) markdown += before.kind === "item" && block.kind === "item" && before.group === block.group ? "\n" : before.kind === "quote" && block.kind === "quote" ? "\n>\n" : "\n\n";
    markdown += block.lines.join("\n");
  });
  return markdown;
}

/* What of a paste is not read by those who read its source, and the sentence that says what was left out. */
"use strict";

/* A page that was parsed applies no style sheets, so what its own hides or strikes out gets that as a style of its own. */
function applySheets(page) {
  const rules = new Map();
  for (const style of page.querySelectorAll("style")) {
    const sheet = new CSSStyleSheet();
    try { sheet.replaceSync(style.textContent.replace(/<!--|-->/g, "")); } catch (error) { continue; }
    for (const rule of sheet.cssRules) {
      const said = rule.style ? rule.style.cssText.toLowerCase() : "";
      if (/display: none|visibility: (hidden|collapse)|line-through/.test(said)) rules.set(rule.selectorText, said);
    }
  }
  for (const [selector, said] of [...rules].slice(0, 1000)) {
    try { for (const node of page.body.querySelectorAll(selector)) node.setAttribute("style", said + ";" + (node.getAttribute("style") || "")); } catch (error) { continue; }
  }
}

function tell(told, kind, times = 1) {
  told.counts[kind] = (told.counts[kind] || 0) + times;
}

/* What was left out or changed, in words. */
function sentences(told) {
  const counts = told.counts;
  counts.comment = Math.max(counts.comment || 0, counts.anchor || 0);
  const left = [
    ["removed", "removed passage", "removed passages"], ["comment", "comment", "comments"], ["hidden", "hidden passage", "hidden passages"],
    ["picture", "picture", "pictures"], ["footnote", "footnote mark", "footnote marks"], ["field", "button or field", "buttons or fields"],
    ["link", "link that visitors cannot follow", "links that visitors cannot follow"],
  ].filter(([kind]) => counts[kind]).map(([kind, one, many]) => `${counts[kind]} ${counts[kind] === 1 ? one : many}`);
  const list = left.length > 1 ? left.slice(0, -1).join(", ") + " and " + left[left.length - 1] : left[0];
  return [
    list ? `Pasted. Left out: ${list}.` : "Pasted. Nothing was left out.",
    counts.unwrapped && `Tracking was taken out of ${counts.unwrapped === 1 ? "1 link" : counts.unwrapped + " links"}.`,
    counts.unknown && "A link does not say where it leads: replace it by the address itself.",
    told.hosts.size && `Visitors may be unable to open links to ${[...told.hosts].slice(0, 3).join(", ")}.`,
    counts.merged && "A table had merged cells: see that each row still says what it did.",
    counts.numbers && "Numbers such as 2.1 or (a) became 1, 2, 3: look at what refers to them.",
    counts.raised && "Raised or lowered letters stand in the line now.",
  ].filter(Boolean).join(" ");
}

/* Takes out what is no part of the text that a reader of the source sees: what it marks as removed or hides, comments and their anchors,
   and references to footnotes, which lead nowhere here. The words of a footnote stay. */
function dropUnread(root, told) {
  const drop = (node, kind) => {
    if (!root.contains(node)) return;
    if (node.textContent.trim()) tell(told, kind);
    node.remove();
  };
  // A comment of Google's stands at the end of the text in a box of its own.
  for (const link of root.querySelectorAll("a[id^='cmnt'][href*='#cmnt_ref']")) {
    const block = link.closest("p, li") || link;
    const box = block.parentElement;
    drop(box && box !== root && box.nodeName === "DIV" && box.firstElementChild === block ? box : block, "comment");
  }
  const gone = {
    removed: "del, s, strike, .msoDel, .TrackChangeTextDeletion",
    comment: ".msocomtxt, .MsoCommentText",
    anchor: ".MsoCommentReference, .msocomanchor, .msocomoff, a[href*='#_msocom'], a[href*='#_msoanchor'], a[href*='#cmnt']",
    footnote: ".MsoFootnoteReference, .MsoEndnoteReference, .sdfootnoteanc, .sdendnoteanc, .sdfootnotesym, .sdendnotesym, sup.reference, "
      + "a[href*='#_ftn'], a[href*='#_edn'], a[href*='#ftnt'], a[href*='#cite_note'], a[href*='#cite_ref'], [role=doc-noteref], [role=doc-backlink]",
    hidden: "[hidden], .visually-hidden, .govuk-visually-hidden, .sr-only, .screen-reader-text",
  };
  for (const [kind, selector] of Object.entries(gone)) for (const node of root.querySelectorAll(selector)) drop(node, kind);
  const kinds = [
    ["removed", /text-decoration[-\w]*:[^;]*line-through|text-line-through:\s*(?!none)\w/],
    ["comment", /mso-element:\s*comment/],
    ["anchor", /mso-special-character:\s*comment/],
    ["hidden", /(^|[;\s])(display:\s*none|mso-hide:\s*all|opacity:\s*0(\.0+)?\s*(;|$|!))|(^|[;\s])clip(-path)?:\s*(rect\(\s*[01](px)?[\s,]|inset\((50|100)%)/],
  ];
  for (const node of root.querySelectorAll("[style]")) {
    const style = node.getAttribute("style").toLowerCase();
    const kind = kinds.find(([, says]) => says.test(style));
    if (kind) drop(node, kind[0]);
  }
  for (const node of root.querySelectorAll("sup > a[href^='#']:only-child, a[href^='#'] > sup:only-child")) {
    if (/^[[(]?(\d+|[a-z*†‡])[\])]?$/i.test(node.parentElement.textContent.trim())) drop(node.parentElement, "footnote");
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
  for (const text of unread) {
    if (text.nodeValue.trim()) tell(told, "hidden");
    text.remove();
  }
}

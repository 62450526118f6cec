/* The editor: formatting, live preview, autosave, who else has it open. Without this file the page's own buttons do the same. */
"use strict";
(() => {
  const form = document.getElementById("editor");
  if (!form) return;
  const text = document.getElementById("markdown");
  const status = document.getElementById("status");
  const others = document.getElementById("others");
  const at = (what) => form.action.replace(/\/edit$/, "/" + what);
  const fields = () => {
    const typed = new URLSearchParams(new FormData(form));
    typed.delete("began"); // What the page was made of is no part of what is typed.
    return typed;
  };
  const say = (words) => { if (status.textContent !== words) status.textContent = words; };

  /* Typing as if by hand, so that the browser's undo takes it back. */
  function type(words) {
    text.focus();
    if (!document.execCommand("insertText", false, words)) {
      text.setRangeText(words, text.selectionStart, text.selectionEnd, "end");
      text.dispatchEvent(new Event("input", { bubbles: true }));
    }
  }

  /* Formatting */
  function around(mark, sample) {
    const { selectionStart: start, selectionEnd: end, value } = text;
    const chosen = value.slice(start, end);
    const inside = value.slice(start - mark.length, start) === mark && value.slice(end, end + mark.length) === mark;
    if (inside && chosen) {
      text.setSelectionRange(start - mark.length, end + mark.length);
      type(chosen);
      text.setSelectionRange(start - mark.length, end - mark.length);
      return;
    }
    const words = chosen.trim() || sample;
    const [before, after] = chosen.trim() ? [chosen.match(/^\s*/)[0], chosen.match(/\s*$/)[0]] : ["", ""];
    type(before + mark + words + mark + after);
    const first = start + before.length + mark.length;
    text.setSelectionRange(first, first + words.length);
  }
  function lines(change) {
    const value = text.value;
    const start = value.lastIndexOf("\n", text.selectionStart - 1) + 1;
    let end = value.indexOf("\n", Math.max(start, text.selectionEnd - (text.selectionEnd > text.selectionStart ? 1 : 0)));
    if (end < 0) end = value.length;
    const changed = value.slice(start, end).split("\n").map(change).join("\n");
    text.setSelectionRange(start, end);
    type(changed);
    text.setSelectionRange(start, start + changed.length);
  }
  const marker = /^(?:[-*]|\d+\.) /;
  const tools = {
    bold: () => around("**", "bold words"),
    italic: () => around("*", "words"),
    heading: () => lines((line) => (line.startsWith("## ") ? line.slice(3) : "## " + line.replace(/^#+ */, ""))),
    list: () => lines((line) => (/^- /.test(line) ? line.slice(2) : "- " + line.replace(marker, ""))),
    numbers: () => lines((line, index) => (/^\d+\. /.test(line) ? line.replace(marker, "") : `${index + 1}. ` + line.replace(marker, ""))),
    link: () => {
      const words = text.value.slice(text.selectionStart, text.selectionEnd) || "words of the link";
      const start = text.selectionStart + words.length + 3;
      type(`[${words}](https://)`);
      text.setSelectionRange(start, start + 8);
    },
  };
  /* A block stands between empty lines. */
  function block(words, from, to) {
    const [before, after] = [text.value.slice(0, text.selectionStart), text.value.slice(text.selectionEnd)];
    const above = before && !before.endsWith("\n\n") ? (before.endsWith("\n") ? "\n" : "\n\n") : "";
    const start = before.length + above.length;
    type(above + words + (after && !after.startsWith("\n") ? "\n" : ""));
    text.setSelectionRange(start + from, start + to);
  }
  tools.contact = () => {
    const words = bar.querySelector("[data-block]").dataset.block + "\n";
    block(words, words.length, words.length);
  };
  tools.table = () => block("| Heading | Heading |\n| --- | --- |\n| words | words |\n", 2, 9);
  const bar = form.querySelector(".tools");
  bar.hidden = false;
  bar.addEventListener("change", (event) => {
    const pick = event.target.closest("[data-pick]");
    if (!pick || !pick.value) return;
    const chosen = text.value.slice(text.selectionStart, text.selectionEnd);
    const words = chosen.trim() || pick.selectedOptions[0].dataset.words;
    type(pick.dataset.pick === "link" ? `[${words.replace(/[[\]]/g, "\\$&")}](${pick.value})` : pick.value);
    pick.selectedIndex = 0;
  });
  bar.addEventListener("click", (event) => {
    const button = event.target.closest("[data-tool]");
    if (button) tools[button.dataset.tool]();
  });
  text.addEventListener("keydown", (event) => {
    if (!(event.ctrlKey || event.metaKey) || event.altKey || event.shiftKey) return;
    const tool = { b: "bold", i: "italic", k: "link" }[event.key.toLowerCase()];
    if (!tool) return;
    event.preventDefault();
    tools[tool]();
  });
  /* Ctrl, Shift and V ask for the words alone; Firefox still hands the whole of it over then. */
  let bare = false;
  text.addEventListener("keydown", (event) => { bare = event.shiftKey && event.key.toLowerCase() === "v"; });
  text.addEventListener("keyup", () => { bare = false; });
  text.addEventListener("paste", (event) => {
    if (bare) return;
    const html = event.clipboardData && event.clipboardData.getData("text/html");
    if (!html) return;
    const { markdown, gone, long, said } = readPaste(html);
    // Where all of it was struck out or hidden, the words alone would bring it back.
    if (!markdown && !gone && !long) return;
    event.preventDefault();
    if (!markdown) { tellOfPaste(said, null); return; }
    const typed = text.value;
    // A heading, list or table starts on a line of its own.
    const [before, after] = [text.value.slice(0, text.selectionStart), text.value.slice(text.selectionEnd)];
    const starts = /^(#{2,5} |- |\d+[.)] |> |\| |```)/.test(markdown) && before && !before.endsWith("\n");
    const ends = markdown.includes("\n") && after && !after.startsWith("\n");
    type((starts ? "\n\n" : "") + markdown + (ends ? "\n\n" : ""));
    tellOfPaste(said, typed);
  });
  /* What a paste left out, with a way back until the text changes again. */
  const pasted = document.getElementById("pasted");
  const undo = pasted.querySelector("button");
  let unpasted = null;
  function tellOfPaste(said, typed) {
    pasted.querySelector("span").textContent = said + " ";
    unpasted = typed === null ? null : { typed, result: text.value };
    undo.hidden = typed === null;
  }
  undo.addEventListener("click", () => {
    if (!unpasted || text.value !== unpasted.result) return;
    const { typed } = unpasted;
    unpasted = null; // The undo below is a change of the text too.
    text.focus();
    document.execCommand("undo");
    if (text.value !== typed) {
      text.select();
      type(typed);
    }
    tellOfPaste("The paste was undone.", null);
  });
  text.addEventListener("input", () => {
    if (unpasted && text.value !== unpasted.result) tellOfPaste("", null);
  });

  /* A check's line is shown in the text. */
  form.addEventListener("click", (event) => {
    const link = event.target.closest("[data-line]");
    if (!link) return;
    event.preventDefault();
    const all = text.value.split("\n");
    const line = Math.min(Number(link.dataset.line), all.length) - 1;
    const start = all.slice(0, line).reduce((sum, one) => sum + one.length + 1, 0);
    text.focus();
    text.setSelectionRange(start, start + all[line].length);
    text.scrollTop = Math.max(0, (text.scrollHeight * line) / all.length - text.clientHeight / 3);
  });

  /* Live preview: a pause after typing, longer where the answer takes long. */
  let previewTimer;
  let asked = 0;
  let pause = 700;
  async function preview() {
    const mine = ++asked;
    const body = fields();
    body.set("part", "yes");
    const started = performance.now();
    try {
      const response = await fetch(at("preview"), { method: "POST", body, headers: { Accept: "text/html" } });
      if (!response.ok || mine !== asked) return;
      const page = new DOMParser().parseFromString(await response.text(), "text/html");
      if (mine !== asked) return;
      for (const id of ["beside", "law"]) {
        const old = document.getElementById(id);
        const fresh = page.getElementById(id);
        // Nothing is changed under somebody's hands.
        if (!old || !fresh || old.isEqualNode(fresh) || old.contains(document.activeElement)) continue;
        const open = old.querySelector("details[open]");
        old.replaceChildren(...fresh.childNodes);
        if (open && old.querySelector("details")) old.querySelector("details").open = true;
      }
      pause = Math.max(700, 2 * (performance.now() - started));
      if (dirty()) later(WAIT);
    } catch {
      /* Offline: the next change tries again. */
    }
  }
  document.getElementById("preview_button").hidden = true;

  /* Autosave: one request at a time, never over somebody else's text, never lost. */
  const WAIT = 2000;
  const AGAIN = 10000;
  let saveTimer;
  let saving = null;
  let leaving = false;
  let stopped = form.hasAttribute("data-conflict");
  let kept = fields().toString();
  const dirty = () => fields().toString() !== kept;
  function later(wait) {
    clearTimeout(saveTimer);
    if (!stopped && !leaving) saveTimer = setTimeout(autosave, wait);
  }
  function autosave() {
    if (saving || stopped || leaving || !dirty()) return saving;
    saving = send().finally(() => { saving = null; });
    return saving;
  }
  form.addEventListener("keydown", (event) => {
    if (event.key.toLowerCase() !== "s" || !(event.ctrlKey || event.metaKey) || event.altKey || event.shiftKey) return;
    event.preventDefault();
    if (!dirty()) say("Everything is saved.");
    clearTimeout(saveTimer);
    autosave();
  });
  async function send() {
    const body = fields();
    const sent = body.toString();
    let response;
    try {
      response = await fetch(at("autosave"), { method: "POST", body, headers: { Accept: "application/json" } });
    } catch {
      say("You are offline. Your text is safe on this page and is saved when the connection is back.");
      return later(AGAIN);
    }
    const answer = await response.json().catch(() => ({}));
    if (response.ok) {
      form.elements.revision.value = answer.revision;
      // What was sent is kept; the new revision is part of what is compared next.
      const same = new URLSearchParams(sent);
      same.set("revision", answer.revision);
      kept = same.toString();
      // From now on this is what a text of somebody else began with as well.
      form.elements.began.value = JSON.stringify([...new URLSearchParams(sent)]);
      say("Saved at " + answer.at);
      if (dirty()) later(WAIT);
    } else if (response.status === 409) {
      stopped = true;
      say(`Not saved: ${answer.message || "there is a newer text."} Yours is safe on this page. Press Save to see both.`);
    } else if (response.status === 401) {
      say("You are signed out. Your text is safe on this page: sign in in another tab, then go on here.");
      later(AGAIN);
    } else if (response.status === 422 || response.status === 413) {
      say(`Not saved: ${answer.message || "the text is too long."}`);
    } else {
      say("Not saved just now. Your text is safe on this page; we try again.");
      later(AGAIN);
    }
  }
  form.addEventListener("input", (event) => {
    // Whoever ticks a page for a banner means that page, not all of them.
    const some = form.querySelector('[name="everywhere"][value="some"]');
    if (some && event.target.name === "page" && event.target.checked) some.checked = true;
    later(WAIT);
    clearTimeout(previewTimer);
    previewTimer = setTimeout(preview, pause);
  });
  window.addEventListener("online", () => later(0));
  document.addEventListener("visibilitychange", () => { if (dirty()) later(0); });
  window.addEventListener("beforeunload", (event) => {
    if (!leaving && dirty()) event.preventDefault();
  });
  /* Back from another page: what was saved in between is not known here. */
  window.addEventListener("pageshow", (event) => { if (event.persisted) { leaving = false; later(0); } });
  form.addEventListener("submit", (event) => {
    clearTimeout(saveTimer);
    if (!saving) { leaving = true; return; }
    // An autosave under way would make this save a stale one.
    event.preventDefault();
    const pressed = event.submitter;
    saving.then(() => form.requestSubmit(pressed));
  });

  /* Who else has it open */
  async function ping() {
    if (document.hidden) return;
    try {
      const response = await fetch(at("presence"), { method: "POST" });
      if (!response.ok) return;
      const names = (await response.json()).others;
      if (others.querySelector("b").textContent !== names) others.querySelector("b").textContent = names;
      others.hidden = !names;
    } catch {
      /* Offline. */
    }
  }
  setInterval(ping, AGAIN);
})();

/* Where links really lead: services that count or check clicks hold the address in their own, often with the address of whoever copied. */
"use strict";

/* Hosts, themselves or as the end of a longer name, and where they hold the address that they lead to: in a part of the query, or in the path. */
const REDIRECTORS = [
  ["safelinks.protection.outlook.com", "url"], ["safelinks.protection.office365.us", "url"], ["google.com", "q url", "/url"],
  ["google.co.uk", "q url", "/url"], ["l.facebook.com", "u", "/l.php"], ["lm.facebook.com", "u", "/l.php"], ["l.instagram.com", "u"],
  ["linkedin.com", "url", "/redir/redirect"], ["linkedin.com", "url", "/safety/go"], ["youtube.com", "q", "/redirect"],
  ["slack-redir.net", "url"], ["out.reddit.com", "url"], ["duckduckgo.com", "uddg", "/l/"], ["urldefense.proofpoint.com", "u"],
  ["linkprotect.cudasvc.com", "a"], ["protect.fireeye.com", "u"], ["protect2.fireeye.com", "u"], ["clicktime.symantec.com", "u"],
  ["urldefense.com", "path"], ["secure-web.cisco.com", "path"], ["govdelivery.com", "path"], ["awstrack.me", "path"],
  ["protect.checkpoint.com", "path"], ["mimecast.com", "none"], ["list-manage.com", "none"], ["lnks.gd", "none"], ["bit.ly", "none"],
  ["t.co", "none"], ["tinyurl.com", "none"], ["ow.ly", "none"],
];
/* Places where people keep what is not for everybody. */
const PRIVATE = ["sharepoint.com", "docs.google.com", "drive.google.com", "onedrive.live.com", "1drv.ms", "teams.microsoft.com", "office.com",
  "dropbox.com", "box.com", "atlassian.net", "slack.com", "notion.so", "trello.com", "mail.google.com", "pnn.police.uk", "localhost", "local",
  "internal", "intranet", "lan"];
/* Parts of a query that only count whoever follows a link. */
const COUNTERS = /^(utm_\w+|fbclid|gclid|dclid|msclkid|mc_cid|mc_eid|igshid|yclid)$/i;

const isHost = (host, name) => host === name || host.endsWith("." + name);

function parsed(address) {
  try { return new URL(address); } catch { return null; }
}

/* The address that a redirector leads to; null where it does not say, and nothing for an address that is none. */
function heldBy(url) {
  const [, where] = REDIRECTORS.find(([name, , path]) => isHost(url.hostname, name) && (!path || url.pathname.startsWith(path))) || [];
  if (!where) return undefined;
  if (where === "none") return null;
  const inPath = () => {
    const defended = url.href.match(/\/(?:__|___)(https?:\/\/[^*]+?)(?:__;|___\.)/);
    const encoded = url.pathname.match(/\/(https?(?:%3a|:)(?:%2f|\/){2}[^/]+)/i);
    try { return defended ? defended[1] : encoded && decodeURIComponent(encoded[1]); } catch { return null; }
  };
  const inQuery = () => where.split(" ").map((name) => url.searchParams.get(name)).find(Boolean);
  let held = where === "path" ? inPath() : inQuery();
  // Proofpoint writes the percent sign as a hyphen and the slash as an underscore.
  if (held && /^https?-3A__/i.test(held)) {
    try { held = decodeURIComponent(held.replace(/-/g, "%").replace(/_/g, "/")); } catch { return null; }
  }
  return held && /^https?:\/\//i.test(held) && parsed(held) ? held : null;
}

/* Of an address: where it leads in the end; whether it led there through somebody who counts; whether that cannot be known; and whether
   the public may be unable to open it. */
function leadsTo(address) {
  let href = address, unwrapped = false, unknown = false;
  for (let times = 0; times < 5; times += 1) {
    const url = /^https?:/i.test(href) && parsed(href);
    const held = url ? heldBy(url) : undefined;
    unknown = held === null;
    if (!held) break;
    [href, unwrapped] = [held, true];
  }
  const url = /^https?:/i.test(href) && parsed(href);
  if (!url) return { href, unwrapped, unknown, closed: false };
  const counted = [...url.searchParams.keys()].filter((name) => COUNTERS.test(name));
  if (counted.length) {
    for (const name of counted) url.searchParams.delete(name);
    [href, unwrapped] = [url.href, true];
  }
  const host = url.hostname.replace(/\.$/, "");
  const closed = (!host.includes(".") && !host.includes(":")) || PRIVATE.some((name) => isHost(host, name))
    || /^(127|10|192\.168|172\.(1[6-9]|2\d|3[01]))\./.test(host) || host === "[::1]";
  return { href, unwrapped, unknown, closed: closed && !/^docs\.google\.com\/(a\/[^/]+\/)?forms\//.test(host + url.pathname) };
}

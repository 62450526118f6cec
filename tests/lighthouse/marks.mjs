// Prints the marks that Lighthouse gives to some pages: `node marks.mjs CHROMIUM URL…`. A line a page: its address, then performance,
// accessibility, best practices and search, out of 100; below it what took marks away.

import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import lighthouse from 'lighthouse';

const [chromium, ...pages] = process.argv.slice(2);
const profile = mkdtempSync(join(tmpdir(), 'bl-lighthouse-'));
const options = ['--headless=new', '--no-sandbox', '--disable-gpu', '--remote-debugging-port=0', `--user-data-dir=${profile}`];
const browser = spawn(chromium, [...options, 'about:blank'], { stdio: ['ignore', 'ignore', 'pipe'] });

// The browser chooses a free port, and says which.
const port = await new Promise((resolve, reject) => {
  browser.stderr.on('data', data => {
    const found = /DevTools listening on ws:\/\/[^:]+:(\d+)/.exec(String(data));
    if (found) resolve(Number(found[1]));
  });
  browser.on('exit', () => reject(new Error('the browser does not start')));
});

const categories = ['performance', 'accessibility', 'best-practices', 'seo'];
for (const page of pages) {
  const { lhr } = await lighthouse(page, { port, logLevel: 'error', onlyCategories: categories });
  console.log(page, ...categories.map(category => Math.round(lhr.categories[category].score * 100)));
  const weighs = new Set(categories.flatMap(category => lhr.categories[category].auditRefs.filter(ref => ref.weight > 0).map(ref => ref.id)));
  for (const audit of Object.values(lhr.audits)) {
    if (weighs.has(audit.id) && audit.score !== null && audit.score < 1) console.log(`  ${audit.id} ${audit.score} ${audit.displayValue ?? ''}`);
  }
}
browser.kill();
await new Promise(resolve => browser.on('exit', resolve));
rmSync(profile, { recursive: true, force: true });
process.exit(0);

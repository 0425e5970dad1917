// Opens pages in headless Chromium and keeps account of what must not happen: errors in the
// console, and requests of any kind but for the page itself.
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

const folder = resolve(process.env.TINYSCOPE_HTML || 'build/html');
const { chromium } = createRequire(join(folder, 'node_modules', 'x'))('playwright-core');
const executablePath = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
].find(existsSync);

const QUIET = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

export const hasBrowser = executablePath !== undefined;
export const pagePath = (name, ending = 'html') => join(folder, 'pages', `${name}.${ending}`);

export const launch = () => chromium.launch({ executablePath, args: QUIET });

// The page called `name`, with `troubles` listing what went wrong in it so far.
export async function open(browser, name, options = {}) {
  const { hash = '', ...context } = options;
  const page = await browser.newPage({
    viewport: { width: 1280, height: 900 },
    reducedMotion: 'reduce',
    ...context,
  });
  page.troubles = [];
  page.on(
    'console',
    (message) =>
      ['error', 'warning'].includes(message.type()) && page.troubles.push(message.text()),
  );
  page.on('pageerror', (error) => page.troubles.push(error.stack));
  const address = pathToFileURL(pagePath(name)).href;
  page.on(
    'request',
    (request) =>
      request.url().split('#')[0] !== address && page.troubles.push(`request of ${request.url()}`),
  );
  await page.goto(address + hash);
  await page.waitForFunction(() => document.documentElement.dataset.ready);
  return page;
}

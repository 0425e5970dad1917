// Takes the picture of a report that the documentation shows.
// usage: node tests/html/screenshot.mjs REPORT.html PICTURE.png [dark]
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { launch } from './browser.mjs';

const [report, picture, theme = 'light'] = process.argv.slice(2);
const browser = await launch();
const page = await browser.newPage({
  viewport: { width: 1360, height: 1240 },
  colorScheme: theme,
  reducedMotion: 'reduce',
});
await page.goto(pathToFileURL(resolve(report)).href);
await page.locator('.choice input[value=stalls]').check({ force: true });
await page.evaluate(() => document.activeElement.blur());
await page.evaluate(() => scrollTo({ top: 0, behavior: 'instant' }));
await page.waitForTimeout(300);
await page.screenshot({ path: picture });
await browser.close();

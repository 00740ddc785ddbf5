// Looks at pages in Chromium: on a phone and a desk, in light and dark, under their content security policy, with the network shut.
// Reads {chromium, policy, host, pages: [{name, html}], pictures} and prints what is wrong, as an array of sentences.
// `pictures`, when it is there, says what is photographed, as `page.screen`, and where to: {directory, names}.
import {text} from 'node:stream/consumers';
import {chromium} from 'playwright-core';
import axe from 'axe-core';

const asked = JSON.parse(await text(process.stdin));
const {policy, host, pages, pictures} = asked;
const screens = {phone: {width: 390, height: 844}, desktop: {width: 1280, height: 900}};
const schemes = ['light', 'dark'];

// What is shown for each picture, by the end of its address.
const draw = (box, inside) => `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${box}">${inside}</svg>`;
const drawn = [
  ['signature.svg', draw('160 48', '<path d="M6 34c14-40 26-30 16-6s20-14 26-12-12 18 0 18 14-18 22-16-10 16 2 16 14-14 24-14-6 14 6 14 10-12 52-8" fill="none" stroke="#1b2a4a" stroke-width="2"/>')],
  ['logo.svg', draw('32 32', '<path d="M4 3h24v14q0 9-12 13Q4 26 4 17z" fill="#1d4f8c"/><path d="M10 11h12M10 16h12M10 21h8" stroke="#fff" stroke-width="2"/>')],
  ['badge.svg', draw('64 64', '<path d="m21 38-6 22 9-4 6 7 2-18 2 18 6-7 9 4-6-22z" fill="#c98f2b"/><circle cx="32" cy="25" r="21" fill="#1d4f8c"/><circle cx="32" cy="25" r="16" fill="none" stroke="#fff"/><path d="m24 25 6 6 11-12" fill="none" stroke="#fff" stroke-width="3"/>')],
];

const wrong = [];
const browser = await chromium.launch({executablePath: asked.chromium, args: ['--no-sandbox', '--disable-gpu']});
for (const [screen, viewport] of Object.entries(screens)) {
  for (const colorScheme of schemes) {
    const context = await browser.newContext({viewport, colorScheme, deviceScaleFactor: 1});
    const page = await context.newPage();
    let name;
    const say = what => wrong.push(`${name}, ${screen}, ${colorScheme}: ${what}`);
    page.on('console', message => say(message.text()));
    page.on('pageerror', error => say(error));
    await page.route('**', async route => {
      const request = route.request();
      if (request.isNavigationRequest()) {
        const {html} = pages.find(page => `${host}/pages/${page.name}` === request.url());
        const headers = {'content-security-policy': policy, 'content-type': 'text/html; charset=utf-8'};
        await route.fulfill({headers, body: html});
        return;
      }
      const picture = drawn.find(([end]) => request.url().startsWith(`${host}/`) && request.url().endsWith(end));
      if (picture) {
        await route.fulfill({contentType: 'image/svg+xml', body: picture[1]});
      } else {
        say(`asks for ${request.url()}`);
        await route.abort();
      }
    });
    for ({name} of pages) {
      await page.goto(`${host}/pages/${name}`);
      const shot = `${name}.${screen}`;
      if (colorScheme === 'light' && pictures?.names.includes(shot)) {
        await page.screenshot({path: `${pictures.directory}/${shot}.png`, fullPage: screen === 'desktop'});
      }
      for (const details of await page.locator('details').all()) await details.evaluate(it => it.open = true);
      const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      if (wide > 0) say(`${wide} px wider than the screen`);
      if (!await page.evaluate(() => document.querySelector('style')?.sheet?.cssRules.length)) say('has no style');
      await page.evaluate(axe.source);
      const {violations} = await page.evaluate(() => axe.run());
      for (const {id, impact, nodes} of violations) say(`${id} (${impact}): ${nodes.map(node => node.html).join(' ')}`);
    }
    await context.close();
  }
}
await browser.close();
console.log(JSON.stringify(wrong));

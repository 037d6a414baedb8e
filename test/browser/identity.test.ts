import type { BrowserContextOptions } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { axeFindings } from '../support/axe.ts';
import { brand, useServerWith } from '../support/branded-server.ts';
import { useChromium } from '../support/chromium.ts';
import { oauthClient } from '../support/oauth-client.ts';

const stack = useServerWith(brand);
const newPage = useChromium();

const paths: Record<string, () => Promise<string>> = {
  'front page': async () => stack().serverUrl,
  'consent page': async () => {
    const client = oauthClient(stack().serverUrl);
    return client.authorizationUrl(await client.register({ client_name: 'Any app' }));
  },
  'error page': async () => `${stack().serverUrl}/authorize?client_id=unknown`,
  'connections page': async () => `${stack().serverUrl}/connections`,
};

const looks: [string, BrowserContextOptions][] = [
  ['light', { viewport: { width: 1280, height: 900 } }],
  ['dark', { viewport: { width: 1280, height: 900 }, colorScheme: 'dark' }],
  ['phone', { viewport: { width: 360, height: 740 }, isMobile: true }],
];

describe.each(Object.entries(paths))('the %s of a server with its own identity', (_, address) => {
  it.each(looks)('%s: can be read, shows logo and host, and breaks no rule', async (_, options) => {
    const page = await newPage(options);
    const complaints: string[] = [];
    page.on('console', (message) => {
      if (/Content Security Policy|Refused/i.test(message.text())) complaints.push(message.text());
    });
    const requested: string[] = [];
    page.on('request', (request) => requested.push(new URL(request.url()).origin));
    await page.goto(await address());

    expect(await axeFindings(page)).toEqual([]);
    expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBe(0);
    const line = page.locator('.server');
    expect(await page.locator('main').innerText()).toContain(brand.title);
    expect(await line.innerText()).toContain(new URL(stack().serverUrl).host);
    const width = await line.locator('img').evaluate((image: HTMLImageElement) => image.naturalWidth);
    expect(width).toBeGreaterThan(0);
    expect(new Set(requested)).toEqual(new Set([stack().serverUrl]));
    expect(complaints).toEqual([]);
  });
});

it('the links open in a new tab and leave the consent form where it is', async () => {
  const page = await newPage();
  await page.context().route('https://acme.example.com/**', (route) => route.fulfill({ body: 'Our policy' }));
  await page.goto((await paths['consent page']?.()) ?? '');
  const opened = page.context().waitForEvent('page');
  await page.getByRole('link', { name: 'Privacy policy' }).click();
  const policy = await opened;
  await policy.waitForLoadState();
  expect(policy.url()).toBe(brand.links.privacy);
  expect(await policy.evaluate(() => [document.referrer, window.opener])).toEqual(['', null]);
  await page.getByRole('button', { name: 'Allow' }).click();
  await page.getByLabel('Password').waitFor();
});

it('the logo is the only thing requested, without the URL of the page, which can hold a code', async () => {
  const page = await newPage();
  const seen: [path: string, referrer: string | null][] = [];
  page.on('request', async (request) => {
    seen.push([new URL(request.url()).pathname, await request.headerValue('referer')]);
  });
  await page.goto(`${stack().serverUrl}/callback?code=secret&state=forged`, { waitUntil: 'networkidle' });
  expect(seen).toEqual([
    ['/callback', null],
    ['/acme.svg', null],
  ]);
});

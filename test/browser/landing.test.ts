import { request } from 'node:http';
import { fileURLToPath } from 'node:url';
import type { BrowserContextOptions, Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { serverTitle } from '../../lib/identity.ts';
import { identity } from '../../lib/tools/identity.ts';
import { axeFindings } from '../support/axe.ts';
import { useChromium } from '../support/chromium.ts';
import { tabStops } from '../support/looks.ts';
import { useStack } from '../support/stack.ts';

/** What an owner may link to and the example does not. */
const ownLinks = [identity.websiteUrl, identity.links?.support, identity.links?.terms];
/** The texts of a page's links, without those. */
const linksOf = (page: Page) =>
  page
    .getByRole('link')
    .evaluateAll(
      (links, own) =>
        links.flatMap((link) => (own.includes(link.getAttribute('href') ?? '') ? [] : [link.textContent])),
      ownLinks,
    );

const publicUrl = 'https://mcp.example.com';
const stack = useStack({ env: { ALLOWED_ORIGINS: publicUrl } });
const newPage = useChromium();

/** Opens the front page, or another, in a new browser, by the public name, which leads to the local server. */
async function open(options: BrowserContextOptions = {}, path = '/'): Promise<Page> {
  const page = await newPage(options);
  await page.route(`${publicUrl}/**`, async (route) => {
    const { status, headers, body } = await askAs(
      publicUrl,
      route.request().url(),
      route.request().headers(),
    );
    await route.fulfill({ status, headers, body });
  });
  await page.goto(publicUrl + path);
  return page;
}

function askAs(origin: string, url: string, headers: Record<string, string>) {
  const { pathname, search } = new URL(url);
  const options = { path: pathname + search, headers: { ...headers, host: new URL(origin).host } };
  return new Promise<{ status: number; headers: Record<string, string>; body: string }>((resolve, reject) => {
    request(stack().serverUrl, options, async (response) => {
      let body = '';
      for await (const chunk of response.setEncoding('utf8')) body += chunk;
      const fields = Object.entries(response.headers).map(([name, value]) => [name, String(value)]);
      resolve({ status: response.statusCode ?? 0, headers: Object.fromEntries(fields), body });
    })
      .on('error', reject)
      .end();
  });
}

const looks: [string, BrowserContextOptions][] = [
  ['light', { viewport: { width: 1280, height: 900 } }],
  ['dark', { viewport: { width: 1280, height: 900 }, colorScheme: 'dark' }],
  ['phone', { viewport: { width: 390, height: 844 } }],
];

describe('the front page in a browser', () => {
  it.each(looks)('%s: axe finds nothing, and nothing is wider than the screen', async (look, options) => {
    const page = await open(options);
    expect(await axeFindings(page)).toEqual([]);
    expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBe(0);
    if (process.env.UPDATE_SCREENSHOTS) {
      const path = fileURLToPath(new URL(`../../docs/landing-${look}.png`, import.meta.url));
      await page.screenshot({ path, fullPage: true });
    }
  });

  it('copies the URL at a click, says so, and is itself again', async () => {
    const page = await open({ permissions: ['clipboard-read', 'clipboard-write'] });
    const button = page.getByRole('button', { name: 'Copy the server URL' });
    await button.click();
    expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(`${publicUrl}/mcp`);
    expect(await page.getByRole('status').textContent()).toBe('Copied');
    await page.getByRole('button', { name: 'Copied the server URL' }).waitFor();
    await button.waitFor();
  });

  it('selects the text where the clipboard is refused', async () => {
    const page = await open({ permissions: [] });
    await page.evaluate(() => {
      navigator.clipboard.writeText = () => Promise.reject(new Error('refused'));
    });
    await page.getByRole('button', { name: 'Copy the Claude Code command' }).click();
    expect(await page.evaluate(() => String(getSelection()))).toBe(
      `claude mcp add --transport http ${identity.name} ${publicUrl}/mcp`,
    );
  });

  it('has everything without script, and no button that does nothing', async () => {
    const page = await open({ javaScriptEnabled: false });
    await page.getByText(`${publicUrl}/mcp`, { exact: true }).waitFor();
    expect(await page.getByRole('button').count()).toBe(0);
    expect(await linksOf(page)).toEqual([
      'Add to Claude',
      'Open ChatGPT settings',
      'Add to VS Code',
      'Add to Cursor',
      'See your connections',
      'Health as JSON',
      'Privacy policy',
    ]);
  });

  it('is walked with the keyboard alone, each stop visible', async () => {
    const page = await open();
    const stops = await tabStops(page, 8);
    expect(stops).toEqual([
      'Copy the server URL',
      'Add to Claude',
      'Copy the Claude Code command',
      'Open ChatGPT settings',
      'Add to VS Code',
      'Add to Cursor',
      'See your connections',
      'Health as JSON',
    ]);
  });

  it('breaks none of its own rules', async () => {
    const complaints: string[] = [];
    const page = await newPage();
    page.on('console', (message) => complaints.push(message.text()));
    page.on('pageerror', (error) => complaints.push(error.message));
    await page.goto(stack().serverUrl);
    await page.getByRole('button', { name: 'Copy the server URL' }).waitFor();
    expect(complaints).toEqual([]);
  });

  it('reads as a list of apps and a list of tools', async () => {
    const page = await open();
    expect(await page.getByRole('heading').allTextContents()).toEqual([
      serverTitle,
      'Add it to your app',
      ...['Claude', 'Claude Code', 'ChatGPT', 'VS Code', 'Cursor'],
      ...(identity.examples?.length ? ['Try asking'] : []),
      'What it can do',
      ...['Who am I? whoami', 'Add a note add_note', 'List notes list_notes', 'Search notes search_notes'],
      ...['Notes board notes_board', 'Change a note update_note'],
      ...['Delete a note delete_note', 'Server status server_status'],
      'Status',
    ]);
  });
});

describe('the privacy page in a browser', () => {
  it.each(looks)('%s: axe finds nothing, and nothing is wider than the screen', async (_look, options) => {
    const page = await open(options, '/privacy');
    expect(await axeFindings(page)).toEqual([]);
    expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBe(0);
  });

  it('leads to the connections, and to the front page as documentation', async () => {
    const page = await open({}, '/privacy');
    expect(await linksOf(page)).toEqual(['Your connections', 'Documentation']);
  });
});

import { fileURLToPath } from 'node:url';
import type { Page } from 'playwright-core';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type ConnectionsView, connectionsPage } from '../../lib/pages/connections.ts';
import { describeScope, isGrantable } from '../../lib/scope-rules.ts';
import { demoUser } from '../support/browser-user.ts';
import { useChromium } from '../support/chromium.ts';
import { expectGoodLooks, tabStops } from '../support/looks.ts';
import { oauthClient } from '../support/oauth-client.ts';
import { openSignedIn } from '../support/signed-in-page.ts';
import { useStack } from '../support/stack.ts';
import { storeCommand } from '../support/store-command.ts';

const stack = useStack();
const newPage = useChromium();

let client: ReturnType<typeof oauthClient>;
beforeAll(() => {
  client = oauthClient(stack().serverUrl);
});

/** Nobody is connected to anything. */
beforeEach(async () => {
  await storeCommand(stack(), ['FLUSHALL']);
});

/** Signs clients of these names in. */
async function connect(...names: string[]): Promise<void> {
  for (const client_name of names) await client.tokens(await client.register({ client_name }));
}

async function signIn(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Sign in to see your connections' }).click();
  await page.getByLabel('Email address').fill(demoUser.email);
  await page.getByLabel('Password').fill(demoUser.password);
  await page.getByRole('button', { name: 'Continue', exact: true }).click();
  await page.getByText(`You are signed in as ${demoUser.email}`).waitFor();
}

/** The page in a new browser, with its user signed in. */
async function open(): Promise<Page> {
  const page = await newPage();
  await openSignedIn(page, `${stack().serverUrl}/connections`);
  return page;
}

/** The apps that the page lists, in alphabetical order: some were connected within the same second. */
const listed = async (page: Page) => (await page.getByRole('heading', { level: 2 }).allTextContents()).sort();
const button = (page: Page, name: string) => page.getByRole('button', { name, exact: true });

describe('the connections page in a browser', () => {
  it.each([
    { scripts: 'with scripts', options: {} },
    { scripts: 'without scripts', options: { javaScriptEnabled: false } },
  ])('$scripts: from the front page, disconnect one app, then all, then sign out', async ({ options }) => {
    await connect('First app', 'Second app', 'Third app');
    const page = await newPage(options);
    const complaints: string[] = [];
    page.on('console', (message) => {
      if (/Content Security Policy|form-action/i.test(message.text())) complaints.push(message.text());
    });
    await page.goto(stack().serverUrl);
    await page.getByRole('link', { name: 'See your connections' }).click();
    await signIn(page);
    expect(await listed(page)).toEqual(['First app', 'Second app', 'Third app']);

    await button(page, 'Disconnect Second app').click();
    await button(page, 'Disconnect Second app').waitFor({ state: 'detached' });
    expect(await listed(page)).toEqual(['First app', 'Third app']);
    await page.reload();
    expect(await listed(page)).toEqual(['First app', 'Third app']);

    await button(page, 'Disconnect all').click();
    await page.getByText('No app is connected.').waitFor();

    await button(page, 'Sign out of this page').click();
    await page.getByRole('button', { name: 'Sign in to see your connections' }).waitFor();
    expect(complaints).toEqual([]);
  });

  it('goes back after disconnecting, and a page that is out of date ends nothing else', async () => {
    await connect('Ended', 'Staying');
    const page = await open();
    const second = await page.context().newPage();
    await second.goto(page.url());
    await button(page, 'Disconnect Ended').click();
    await button(page, 'Disconnect Ended').waitFor({ state: 'detached' });
    await button(second, 'Disconnect Ended').click();
    await button(second, 'Disconnect Ended').waitFor({ state: 'detached' });
    expect(await listed(second)).toEqual(['Staying']);
    await button(page, 'Disconnect Staying').click();
    await page.getByText('No app is connected.').waitFor();
  });

  it('another account: the tenant asks, although it knows the user', async () => {
    const page = await open();
    await button(page, 'Sign out of this page').click();
    await button(page, 'Use another account').click();
    await page.getByLabel('Password').waitFor();
  });

  it('signed in at the tenant already: one button, and no password', async () => {
    const page = await open();
    await button(page, 'Sign out of this page').click();
    await button(page, 'Sign in to see your connections').click();
    await page.getByText(`You are signed in as ${demoUser.email}`).waitFor();
  });

  it('is used with the keyboard alone, each stop visible', async () => {
    await connect('Keyboard app', 'Other app');
    const page = await open();
    const stops = await tabStops(page, 4);
    const apps = await page.getByRole('heading', { level: 2 }).allTextContents();
    const below = ['Disconnect all', 'Sign out of this page'];
    expect(stops).toEqual([...apps.map((app) => `Disconnect ${app}`), ...below]);
    for (let stop = 0; stop < 3; stop++) await page.keyboard.press('Shift+Tab');
    await page.keyboard.press('Enter');
    await button(page, `Disconnect ${apps[0]}`).waitFor({ state: 'detached' });
    expect(await listed(page)).toEqual([apps[1]]);
  });
});

describe('in light and dark, on a desktop and a phone, axe finds nothing, and nothing is wider than the screen', () => {
  afterEach(() => {
    stack().tenant.switches.faults = {};
    stack().store.faults.outage = 'none';
  });

  it('before its user signs in', async () => {
    const page = await newPage();
    await page.goto(`${stack().serverUrl}/connections`);
    await expectGoodLooks(page);
  });

  it('with apps, one of a long name', async () => {
    await connect(`L${'o'.repeat(40)}ng name`, 'App');
    await expectGoodLooks(await open());
  });

  it('after an app could not be disconnected', async () => {
    await connect(`L${'o'.repeat(40)}ng name`, 'App');
    const page = await open();
    stack().tenant.switches.faults = { '/oauth/revoke': { status: 503 } };
    await button(page, 'Disconnect App').click();
    await button(page, 'Try again App').waitFor();
    await expectGoodLooks(page);
  });

  it('after the last app was disconnected', async () => {
    await connect('App');
    const page = await open();
    await button(page, 'Disconnect App').click();
    await page.getByText('No app is connected.').waitFor();
    await expectGoodLooks(page);
  });

  it('while the store is unavailable', async () => {
    const page = await open();
    stack().store.faults.outage = 'unavailable';
    await page.reload();
    await expectGoodLooks(page);
  });
});

const day = (date: string) => Date.parse(`${date}T09:30:00Z`) / 1000;
const words = (...scopes: string[]) => scopes.filter(isGrantable).map(describeScope);

const view: ConnectionsView = {
  origin: 'https://notes.example.com',
  url: 'https://notes.example.com/mcp',
  userName: 'ada@example.com',
  organization: undefined,
  connections: [
    {
      name: 'Claude',
      host: 'claude.ai',
      permissions: words('mcp:read', 'mcp:write', 'offline_access'),
      connectedAtSeconds: day('2026-11-24'),
      lastUsedAtSeconds: day('2026-11-25'),
      otherHost: undefined,
      unconfirmed: false,
      form: '',
    },
    {
      name: 'MCP Inspector',
      host: 'localhost:6274',
      permissions: words('mcp:read'),
      connectedAtSeconds: day('2026-11-20'),
      lastUsedAtSeconds: day('2026-11-20'),
      otherHost: 'notes-preview.example.com',
      unconfirmed: false,
      form: '',
    },
  ],
  field: 'form',
  disconnectAll: '',
  signOut: '',
  notice: undefined,
  status: 200,
};

/** The pictures in docs/, made anew by `UPDATE_SCREENSHOTS=1 npx vitest run test/browser`. */
describe('the connections page, as the documentation shows it, fits the screen', () => {
  it.each([
    { name: 'light', options: { viewport: { width: 800, height: 860 } } },
    { name: 'dark', options: { viewport: { width: 800, height: 860 }, colorScheme: 'dark' as const } },
    { name: 'phone', options: { viewport: { width: 390, height: 844 }, isMobile: true } },
  ])('$name', async ({ name, options }) => {
    const page = await newPage(options);
    const response = connectionsPage(view);
    const body = await response.text();
    await page.route(`${view.origin}/**`, (route) =>
      route.fulfill({ status: response.status, headers: Object.fromEntries(response.headers), body }),
    );
    await page.route(`${view.origin}/logo.svg`, (route) =>
      route.fulfill({ path: fileURLToPath(new URL('../../public/logo.svg', import.meta.url)) }),
    );
    await page.goto(`${view.origin}/connections`);
    expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBe(0);
    if (process.env.UPDATE_SCREENSHOTS)
      await page.screenshot({ path: `docs/connections-${name}.png`, fullPage: true });
  });
});

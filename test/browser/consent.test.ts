import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { demoUser } from '../support/browser-user.ts';
import { setPlaybackRate, useChromium } from '../support/chromium.ts';
import { expectGoodLooks } from '../support/looks.ts';
import { oauthClient, redirectUri } from '../support/oauth-client.ts';
import { useStack } from '../support/stack.ts';

const stack = useStack();
const newPage = useChromium();

let client: ReturnType<typeof oauthClient>;
let clientId: string;
/** An app on the user's device, waiting for its answer. */
let app: Server;
let appUri: string;

beforeAll(async () => {
  client = oauthClient(stack().serverUrl);
  app = createServer((request, response) => {
    const framed = /^\/frame\?(.+)/.exec(request.url ?? '')?.[1];
    response.setHeader('content-type', 'text/html');
    response.end(
      framed ? `<iframe src="${decodeURIComponent(framed)}"></iframe>` : 'You may close this window.',
    );
  });
  await new Promise<void>((resolve) => app.listen(0, '127.0.0.1', resolve));
  appUri = `http://127.0.0.1:${(app.address() as AddressInfo).port}/callback`;
  clientId = await client.register({ client_name: 'Local app', redirect_uris: [appUri] });
});
afterAll(() => app.close());

let page: Page;
let complaints: string[];

beforeEach(async () => {
  complaints = [];
  page = await newPage();
  page.on('console', (message) => {
    if (/Content Security Policy|form-action/i.test(message.text())) complaints.push(message.text());
  });
});

const url = (changes: Record<string, string | undefined> = {}) =>
  client.authorizationUrl(clientId, { redirect_uri: appUri, ...changes });
const press = (name: 'Allow' | 'Deny', on = page) => on.getByRole('button', { name }).click();
const box = (scope: string, on = page) => on.getByRole('checkbox', { name: scope });

async function logIn(on = page) {
  await on.getByLabel('Email address').fill(demoUser.email);
  await on.getByLabel('Password').fill(demoUser.password);
  await on.getByRole('button', { name: 'Continue', exact: true }).click();
}

/** The answer that the app was given. */
async function answerAt(uri = appUri, on = page): Promise<URLSearchParams> {
  await on.waitForURL((each) => each.href.startsWith(uri));
  return new URL(on.url()).searchParams;
}

/** The answer that the app was given once the user has followed the page's link: nobody has approved this app yet. */
async function returned(): Promise<URLSearchParams> {
  await page.getByRole('link', { name: `Return to ${new URL(appUri).host}` }).click();
  return answerAt();
}

describe('the consent page in a browser', () => {
  it('approve, sign in, and be back at the client with a code that works', async () => {
    await page.goto(url());
    await press('Allow');
    await logIn();
    const answer = await answerAt();
    expect(answer.get('iss')).toBe(stack().serverUrl);
    expect(answer.get('state')).toBe('the-state-of-the-client');
    expect((await client.exchange(clientId, answer.get('code') ?? '', { redirect_uri: appUri })).status).toBe(
      200,
    );
    expect(complaints).toEqual([]);
  });

  it('deny, and be back at the client without having signed in', async () => {
    await page.goto(url());
    await press('Deny');
    expect((await returned()).get('error')).toBe('access_denied');
  });

  it('untick a scope, and the client does not get it', async () => {
    await page.goto(url());
    await box('mcp:write').uncheck();
    await press('Allow');
    await logIn();
    const code = (await answerAt()).get('code') ?? '';
    const response = await client.exchange(clientId, code, { redirect_uri: appUri });
    expect(await response.json()).toMatchObject({ scope: 'mcp:read offline_access' });
  });

  it('untick everything, be told, and tick again', async () => {
    await page.goto(url());
    for (const scope of ['mcp:read', 'mcp:write']) await box(scope).uncheck();
    await press('Allow');
    await page.getByRole('alert').getByText('Tick what the app may do').waitFor();
    await press('Allow');
    await page.getByLabel('Password').waitFor();
  });

  it('a user who is signed in already goes through in one click, past every redirect', async () => {
    await page.goto(url());
    await press('Allow');
    await logIn();
    await answerAt();
    const redirect_uri = appUri.replace('127.0.0.1', 'localhost');
    const other = await client.register({ client_name: 'Another app', redirect_uris: [redirect_uri] });
    await page.goto(url({ client_id: other, redirect_uri }));
    await press('Allow');
    expect((await answerAt(redirect_uri)).get('code')).toBeTruthy();
    expect(complaints).toEqual([]);
  });

  it('an approval of a web app is remembered: the next time there is no page at all', async () => {
    const web = await client.register({ client_name: 'Web app' });
    const address = url({ client_id: web, redirect_uri: redirectUri });
    // Nothing answers at the app's address: what counts is what the browser asks it for.
    const answered = () => page.waitForRequest((request) => request.url().startsWith(redirectUri));
    await page.goto(address);
    const first = answered();
    await press('Allow');
    await logIn();
    await first;
    const second = answered();
    await page.goto(address).catch(() => {});
    expect(new URL((await second).url()).searchParams.get('code')).toBeTruthy();
  });

  it('an app on this device is asked about each time: any program could pass itself off as it', async () => {
    await page.goto(url());
    await press('Allow');
    await logIn();
    await answerAt();
    await page.goto(url());
    await page.getByRole('button', { name: 'Allow' }).waitFor();
  });
});

describe('restless users', () => {
  it('reload', async () => {
    await page.goto(url());
    await page.reload();
    await page.reload();
    await press('Allow');
    await page.getByLabel('Password').waitFor();
  });

  it.each([
    ['deny', 'error', 'access_denied'],
    ['untick a scope and allow', 'code', expect.anything()],
  ])('go back from the sign-in and %s', async (decision, name, expected) => {
    await page.goto(url());
    await press('Allow');
    await page.getByLabel('Password').waitFor();
    await page.goBack();
    if (decision === 'deny') {
      await press('Deny');
      await returned();
    } else {
      await box('mcp:write').uncheck();
      await press('Allow');
      await logIn();
    }
    expect((await answerAt()).get(name)).toEqual(expected);
  });

  it('open two tabs, and finish both, the second one first', async () => {
    const second = await page.context().newPage();
    await page.goto(url({ state: 'first' }));
    await second.goto(url({ state: 'second' }));
    await press('Allow', page);
    await press('Allow', second);
    await logIn(second);
    expect((await answerAt(appUri, second)).get('state')).toBe('second');
    await logIn(page);
    const first = await answerAt(appUri, page);
    expect([first.get('state'), Boolean(first.get('code'))]).toEqual(['first', true]);
  });

  it('double-click somewhere else as the page appears, and allow nothing by it', async () => {
    await page.setViewportSize({ width: 1280, height: 1200 });
    await setPlaybackRate(page, 0);
    await page.goto(url());
    const button = await page.getByRole('button', { name: 'Allow' }).boundingBox();
    if (!button) throw new Error('no button');
    const sent: string[] = [];
    page.on('request', (request) => sent.push(request.method()));
    await page.mouse.dblclick(button.x + 20, button.y + 20);
    await page.waitForTimeout(300);
    expect(sent).toEqual([]);
    await setPlaybackRate(page, 1);
    await press('Allow');
    await page.getByLabel('Password').waitFor();
  });
});

describe('with the keyboard alone', () => {
  const focused = () => page.locator(':focus');

  it('everything can be reached in reading order, and seen to be reached', async () => {
    await page.goto(url());
    const reached: string[] = [];
    for (let step = 0; step < 5; step++) {
      await page.keyboard.press('Tab');
      reached.push(
        (await focused().getAttribute('value')) ?? '',
        (await focused().getAttribute('name')) ?? '',
      );
      expect(await focused().evaluate((element) => getComputedStyle(element).outlineStyle)).toBe('solid');
    }
    expect(reached.filter((each) => each !== 'on' && each !== 'decision')).toEqual([
      'scope:mcp:read',
      'scope:mcp:write',
      'scope:offline_access',
      'deny',
      'approve',
    ]);
  });

  it('untick with Space, allow with Enter', async () => {
    await page.goto(url());
    await page.keyboard.press('Tab');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Space');
    for (let step = 0; step < 3; step++) await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await page.getByLabel('Password').waitFor();
    expect(new URL(page.url()).origin).toBe(stack().tenant.origin);
  });

  it('Enter pressed on a box does not allow', async () => {
    await page.goto(url());
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    expect((await returned()).get('error')).toBe('access_denied');
  });
});

describe('in light and dark, on a desktop and a phone, axe finds nothing, and nothing is wider than the screen', () => {
  it('for a web app with a long name', async () => {
    const web = await client.register({ client_name: `L${'o'.repeat(40)}ng name` });
    await page.goto(url({ client_id: web, redirect_uri: redirectUri }));
    await expectGoodLooks(page);
  });

  it('for an app on this device that asks for every scope', async () => {
    await page.goto(url({ scope: 'mcp:admin mcp:read offline_access' }));
    await expectGoodLooks(page);
  });

  it('after nothing was ticked', async () => {
    await page.goto(url({ scope: 'mcp:read' }));
    await box('mcp:read').uncheck();
    await press('Allow');
    await page.getByRole('alert').waitFor();
    await expectGoodLooks(page);
  });

  it('for an app that nobody knows', async () => {
    await page.goto(url({ client_id: 'unknown' }));
    await expectGoodLooks(page);
  });
});

describe('framed by another site', () => {
  it('the page does not show', async () => {
    await page.goto(`${new URL(appUri).origin}/frame?${encodeURIComponent(url())}`);
    await page.waitForFunction(() => frames.length === 1);
    const [, frame] = page.frames();
    await frame?.waitForLoadState();
    expect(frame?.url()).toBe('chrome-error://chromewebdata/');
    expect(complaints.join()).toContain('frame-ancestors');
  });
});

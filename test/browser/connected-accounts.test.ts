import type { BrowserContextOptions, Page } from 'playwright-core';
import { beforeEach, describe, expect, it } from 'vitest';
import { connectAccount, linkIn } from '../support/account-user.ts';
import { browserUser, demoUser, type User } from '../support/browser-user.ts';
import { useChromium } from '../support/chromium.ts';
import { expectGoodLooks, tabStops } from '../support/looks.ts';
import { modern, poster, textOf } from '../support/mcp-request.ts';
import { oauthClient } from '../support/oauth-client.ts';
import { openSignedIn } from '../support/signed-in-page.ts';
import { useStack } from '../support/stack.ts';

const stack = useStack({ accounts: true });
const newPage = useChromium();
const otherUser: User = { email: 'other@example.com', password: 'other' };

beforeEach(() => {
  (stack().tenant.connectedAccounts() as unknown[]).length = 0;
});

/** Connects an app as the demo user: calls the tool that needs a calendar. */
async function newApp(name = 'Planner & co'): Promise<() => Promise<string>> {
  const client = oauthClient(stack().serverUrl);
  const { access_token } = await client.tokens(await client.register({ client_name: name }));
  const post = poster(stack(), access_token);
  return async () => textOf(await post(...modern('tools/call', { name: 'upcoming_events', arguments: {} })));
}

async function signIn(page: Page, { email, password }: User = demoUser): Promise<void> {
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await page.getByLabel('Email address').fill(email);
  await page.getByLabel('Password').fill(password);
  await page.getByRole('button', { name: 'Continue', exact: true }).click();
}

const asks = (page: Page) => page.getByRole('heading', { name: 'Connect your Google account?' });
const button = (page: Page, name: string) => page.getByRole('button', { name, exact: true });

/** A page that collects what the browser says against the content security policy. */
async function watched(options: BrowserContextOptions = {}) {
  const page = await newPage(options);
  const complaints: string[] = [];
  page.on('console', (message) => {
    if (/Content Security Policy|form-action/i.test(message.text())) complaints.push(message.text());
  });
  return { page, complaints };
}

describe('connecting an account in a browser', () => {
  it.each([
    { scripts: 'with scripts', options: {} },
    { scripts: 'without scripts', options: { javaScriptEnabled: false } },
  ])('$scripts: sign in, read, continue, choose at the provider; then end it', async ({ options }) => {
    const callTool = await newApp();
    const { page, complaints } = await watched(options);
    await page.goto(linkIn(await callTool()));
    await signIn(page);
    await asks(page).waitFor();
    const said = await page.locator('main').innerText();
    for (const fact of [
      'Planner & co',
      'not verified',
      demoUser.email,
      'localhost',
      'calendar.events.readonly',
    ])
      expect(said).toContain(fact);

    await button(page, 'Continue to Google').click();
    await button(page, 'Allow').click();
    await page.getByRole('heading', { name: 'Google is connected' }).waitFor();
    expect(await callTool()).toContain('Dentist');

    await page.getByRole('link', { name: 'See or end what you have connected' }).click();
    await page.getByRole('heading', { name: 'Connected accounts' }).waitFor();
    await button(page, 'Disconnect Google').click();
    await page.getByText('None. An app asks you to connect one').waitFor();
    expect(await callTool()).toContain('must connect an account at Google');
    expect(complaints).toEqual([]);
  });

  it('cancelling connects nothing, and uses the link up', async () => {
    const link = linkIn(await (await newApp())());
    const page = await newPage();
    await openSignedIn(page, link);
    await button(page, 'Cancel').click();
    await page.getByRole('heading', { name: 'Google is not connected' }).waitFor();
    await page.goto(link);
    await page.getByRole('heading', { name: 'This link no longer works' }).waitFor();
    expect(stack().tenant.connectedAccounts()).toEqual([]);
  });

  it('somebody else is told that the link is not theirs, and can sign in as its user', async () => {
    const page = await newPage();
    await page.goto(linkIn(await (await newApp())()));
    await signIn(page, otherUser);
    await page.getByRole('heading', { name: 'This link is for another user' }).waitFor();
    expect(await page.locator('main').innerText()).toContain(otherUser.email);
    await button(page, 'Use another account').click();
    await page.getByLabel('Email address').fill(demoUser.email);
    await page.getByLabel('Password').fill(demoUser.password);
    await page.getByRole('button', { name: 'Continue', exact: true }).click();
    await asks(page).waitFor();
  });

  it('is used with the keyboard alone: Cancel comes first, each stop visible', async () => {
    const page = await newPage();
    await openSignedIn(page, linkIn(await (await newApp())()));
    await asks(page).waitFor();
    const stops = await tabStops(page, 2);
    expect(stops).toEqual(['Cancel', 'Continue to Google']);
    await page.keyboard.press('Enter');
    await button(page, 'Allow').waitFor();
  });

  it('cannot be put into a frame of another site', async () => {
    const response = await fetch(linkIn(await (await newApp())()));
    expect(response.headers.get('content-security-policy')).toContain("frame-ancestors 'none'");
    expect(response.headers.get('cache-control')).toBe('no-store');
    expect(response.headers.get('referrer-policy')).toBe('same-origin');
  });
});

describe('in light and dark, on a desktop and a phone, axe finds nothing, and nothing is wider than the screen', () => {
  /** A link to connect an account, for an app with a long name. */
  const newLink = async () => linkIn(await (await newApp(`Pl${'a'.repeat(40)}nner`))());

  it('before the user signs in', async () => {
    const page = await newPage();
    await page.goto(await newLink());
    await expectGoodLooks(page);
  });

  it('where the user is asked', async () => {
    const page = await newPage();
    await openSignedIn(page, await newLink());
    await asks(page).waitFor();
    await expectGoodLooks(page);
  });

  it('once the account is connected', async () => {
    const page = await newPage();
    await openSignedIn(page, await newLink());
    await button(page, 'Continue to Google').click();
    await button(page, 'Allow').click();
    await page.getByRole('heading', { name: 'Google is connected' }).waitFor();
    await expectGoodLooks(page);
  });

  it('among the connections', async () => {
    const user = browserUser();
    await connectAccount(await newLink(), { browser: user });
    const page = await newPage();
    await openSignedIn(page, `${stack().serverUrl}/connections`, user);
    await button(page, 'Disconnect Google').waitFor();
    await expectGoodLooks(page);
  });
});

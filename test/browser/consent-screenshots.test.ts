import { fileURLToPath } from 'node:url';
import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { type ConsentView, consentPage } from '../../lib/pages/consent.ts';
import { describeScope, isGrantable } from '../../lib/scope-rules.ts';
import { useChromium } from '../support/chromium.ts';

const view: ConsentView = {
  origin: 'https://notes.example.com',
  clientName: 'Claude',
  documentHost: 'claude.ai',
  destination: 'claude.ai',
  onUsersDevice: false,
  scopes: ['mcp:read', 'mcp:write', 'offline_access'].filter(isGrantable).map((name) => ({
    name,
    description: describeScope(name),
  })),
  userClaims: ['name', 'email'],
  organization: undefined,
  tenantHost: 'acme.eu.auth0.com',
  signedInAs: undefined,
  notice: undefined,
  sealed: '',
  formAction: ["'self'"],
  cookies: [],
};

const local: ConsentView = {
  ...view,
  clientName: 'MCP Inspector',
  documentHost: undefined,
  destination: 'localhost:6274',
  onUsersDevice: true,
};

const desktop = { width: 960, height: 860 };
const phone = { width: 390, height: 844 };

const logo = fileURLToPath(new URL('../../public/logo.svg', import.meta.url));

/** Shows a page of ours at its public address. */
async function show(page: Page, response: Response): Promise<void> {
  const body = await response.text();
  await page.route(`${view.origin}/**`, (route) =>
    route.fulfill({ status: response.status, headers: Object.fromEntries(response.headers), body }),
  );
  await page.route(`${view.origin}/logo.svg`, (route) => route.fulfill({ path: logo }));
  await page.goto(`${view.origin}/authorize`);
}

/** The pictures in docs/, made anew by `UPDATE_SCREENSHOTS=1 npx vitest run test/browser`. */
describe('the consent page, as the documentation shows it, fits the screen', () => {
  const newPage = useChromium();

  it.each([
    { name: 'light', shown: view, options: { viewport: desktop } },
    { name: 'dark', shown: view, options: { viewport: desktop, colorScheme: 'dark' as const } },
    { name: 'phone', shown: local, options: { viewport: phone, deviceScaleFactor: 2, isMobile: true } },
  ])('$name', async ({ name, shown, options }) => {
    const page = await newPage(options);
    await show(page, consentPage(shown));
    expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBe(0);
    if (process.env.UPDATE_SCREENSHOTS)
      await page.screenshot({ path: `docs/consent-${name}.png`, fullPage: true });
  });
});

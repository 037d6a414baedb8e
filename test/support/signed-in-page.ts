import type { Page } from 'playwright-core';
import { openAccountLink } from './account-user.ts';
import { browserUser } from './browser-user.ts';

/**
 * Opens a page that asks its user to sign in, as the demo user who has done so. The sign-in takes place without a browser,
 * in a fraction of the time.
 *
 * @param user whose cookies the page gets. Default: a new one.
 */
export async function openSignedIn(page: Page, url: string, user = browserUser()): Promise<void> {
  await openAccountLink(user, url);
  const cookies = [...user.cookies].flatMap(([host, jar]) =>
    [...jar].map(([name, value]) => ({ name, value, url: `http://${host}` })),
  );
  await page.context().addCookies(cookies);
  await page.goto(url);
}

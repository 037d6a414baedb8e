import type { BrowserContextOptions, Frame, FrameLocator, Page } from 'playwright-core';
import { afterAll, beforeAll } from 'vitest';
import { startViewHost, type ViewHost } from '../../dev/views/host.ts';
import { demoUser } from './browser-user.ts';
import { useChromium } from './chromium.ts';
import type { TestStack } from './stack.ts';

export type ShownView = {
  page: Page;
  /** The view's own document, two frames deep. */
  view: FrameLocator;
  /** The same document, to evaluate in. */
  frame: Frame;
  /** What the browser complained about since the user signed in, in any frame. */
  complaints: string[];
};

export type ShowOptions = {
  tool: string;
  args?: Record<string, unknown>;
  /** How the host speaks to the server. Default: the newest revision. */
  era?: 'auto' | 'legacy';
  /** Scopes to untick on the consent page. */
  untick?: string[];
  browser?: BrowserContextOptions;
};

/** What the host's page remembers of a sign-in, by the scopes that were unticked. */
type SignedIn = Map<string, Record<string, string>>;

/**
 * A host with the official `app-bridge` for one test file, in a real Chromium. The getter signs a user in and shows a
 * tool's view.
 */
export function useViewHost(stack: () => TestStack): (options: ShowOptions) => Promise<ShownView> {
  const newPage = useChromium();
  const signedIn: SignedIn = new Map();
  let host: ViewHost | undefined;
  beforeAll(async () => {
    host = await startViewHost({ port: 0, mcpUrl: stack().mcpUrl });
  });
  afterAll(() => host?.close());
  return async (options) => {
    if (!host) throw new Error('The host did not start');
    return showView(await newPage(options.browser), host.url, options, signedIn);
  };
}

/** Opens a host's page, signs the demo user in, if nobody is yet, and shows a tool's view. */
export async function showView(
  page: Page,
  hostUrl: string,
  { tool, args = {}, era = 'auto', untick = [] }: ShowOptions,
  signedIn: SignedIn = new Map(),
): Promise<ShownView> {
  const known = signedIn.get(untick.join());
  if (known) {
    await page.goto(`${hostUrl}/settings.json`);
    await page.evaluate(restoreTab, known);
  }
  const asked = new URLSearchParams({ tool, arguments: JSON.stringify(args), era });
  await page.goto(`${hostUrl}/?${asked}`);
  if (!known) {
    await signIn(page, untick);
    await page.waitForURL(`${hostUrl}/`);
  }
  const complaints: string[] = [];
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(error.message));
  await page.getByText(`${tool} at `).waitFor();
  signedIn.set(untick.join(), await page.evaluate(() => ({ ...sessionStorage })));
  const view = viewIn(page);
  return { page, view, frame: await frameOf(view), complaints };
}

/** Does what makes the page show the view again, and waits until it has: until then, its frames come and go. */
export async function untilShownAgain(page: Page, act: () => Promise<unknown>): Promise<void> {
  const shownBefore = await page.locator('#messages li').count();
  await act();
  await page.waitForFunction(
    (before) => document.querySelectorAll('#messages li').length > before,
    shownBefore,
  );
}

/** The view that a host's page shows, two frames deep. */
export const viewIn = (page: Page): FrameLocator => page.frameLocator('#frame iframe').frameLocator('iframe');

/** The frame of a view, as it is now. */
export async function frameOf(view: FrameLocator): Promise<Frame> {
  const frame = await (await view.locator('body').elementHandle())?.ownerFrame();
  if (!frame) throw new Error('The view has no frame');
  return frame;
}

async function signIn(page: Page, untick: string[]): Promise<void> {
  await page.getByRole('button', { name: 'Sign in to the server' }).click();
  for (const scope of untick) await page.locator(`input[name$="${scope}"]`).uncheck();
  await page.getByRole('button', { name: 'Allow' }).click();
  await page.getByLabel('Email address').fill(demoUser.email);
  await page.getByLabel('Password').fill(demoUser.password);
  await page.getByRole('button', { name: 'Continue', exact: true }).click();
}

/** Runs in a page of the host. */
function restoreTab(tab: Record<string, string>): void {
  for (const [name, value] of Object.entries(tab)) sessionStorage.setItem(name, value);
}

import {
  type Browser,
  type BrowserContextOptions,
  type CDPSession,
  chromium,
  type Page,
} from 'playwright-core';
import { afterAll, beforeAll, onTestFinished } from 'vitest';
import { ensureCommand } from './debian-package.ts';

type OpenPage = { page: Page; devtools: CDPSession };

/** So fast that an animation is over when it starts. */
const instantly = 1_000_000;

/** What tests listen to. Playwright has listeners of its own for other events. */
const listenedTo = ['console', 'pageerror', 'request'];

const inUse = new Map<Page, OpenPage>();

/**
 * A real Chromium for one test file; the getter opens a page in a profile that nobody else uses until its test is over.
 * Starting a profile and the processes behind it costs more than most tests, so the next test with the same options gets
 * the same page, empty again. Animations end as soon as they start: otherwise every click would wait for the half second
 * in which buttons of a new page do not react. See `setPlaybackRate`.
 *
 * @param flags command line flags for Chromium, read when it starts.
 */
export function useChromium(
  flags: () => string[] = () => [],
): (options?: BrowserContextOptions) => Promise<Page> {
  let browser: Browser | undefined;
  const idle = new Map<string, OpenPage[]>();
  beforeAll(async () => {
    // The package alone brings no font.
    ensureCommand('chromium', 'chromium', 'fonts-liberation');
    // Root, as in containers, cannot have Chromium's sandbox.
    const args = [...(process.getuid?.() === 0 ? ['--no-sandbox'] : []), ...flags()];
    browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args });
  });
  afterAll(() => browser?.close());
  return async ({ viewport, colorScheme, ...options } = {}) => {
    if (!browser) throw new Error('Chromium did not start');
    const key = JSON.stringify(options);
    const kept = idle.get(key) ?? [];
    idle.set(key, kept);
    const opened = kept.pop() ?? (await openPage(browser, options));
    const { page } = opened;
    inUse.set(page, opened);
    onTestFinished(async () => {
      inUse.delete(page);
      await empty(opened).then(
        () => kept.push(opened),
        () => page.context().close(),
      );
    });
    await page.emulateMedia({ colorScheme: colorScheme ?? null });
    await page.setViewportSize(viewport ?? { width: 1280, height: 720 });
    return page;
  };
}

/** Sets how fast the animations of a page from `useChromium` run: 1 is real time, 0 stops them. */
export async function setPlaybackRate(page: Page, playbackRate: number): Promise<void> {
  await inUse.get(page)?.devtools.send('Animation.setPlaybackRate', { playbackRate });
}

async function openPage(browser: Browser, options: BrowserContextOptions): Promise<OpenPage> {
  const context = await browser.newContext(options);
  const page = await context.newPage();
  const devtools = await context.newCDPSession(page);
  await devtools.send('Animation.enable');
  await devtools.send('Animation.setPlaybackRate', { playbackRate: instantly });
  return { page, devtools };
}

/** Leaves nothing in a profile that the next test could notice. Rejects if it cannot: the page is closed, or on its way elsewhere. */
async function empty({ page, devtools }: OpenPage): Promise<void> {
  const context = page.context();
  for (const other of context.pages()) if (other !== page) await other.close();
  for (const type of listenedTo) page.removeAllListeners(type);
  for (const routed of [page, context]) await routed.unrouteAll({ behavior: 'ignoreErrors' });
  await Promise.all(page.frames().map((frame) => frame.evaluate(clearStorage)));
  await page.goto('about:blank');
  await context.clearCookies();
  await devtools.send('Network.clearBrowserCache');
  await devtools.send('Page.resetNavigationHistory');
  await devtools.send('Animation.setPlaybackRate', { playbackRate: instantly });
}

/** Runs in a frame. One that may store nothing throws. */
function clearStorage(): void {
  try {
    localStorage.clear();
    sessionStorage.clear();
  } catch {}
}

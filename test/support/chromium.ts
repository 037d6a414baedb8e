import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, onTestFinished } from 'vitest';
import { ensureCommand } from './debian-package.ts';

/**
 * A real Chromium for one test file; the getter opens a page in a profile of its own, closed with its test.
 *
 * @param flags command line flags for Chromium, read when it starts.
 */
export function useChromium(
  flags: () => string[] = () => [],
): (options?: BrowserContextOptions) => Promise<Page> {
  let browser: Browser | undefined;
  beforeAll(async () => {
    // The package alone brings no font.
    ensureCommand('chromium', 'chromium', 'fonts-liberation');
    // Root, as in containers, cannot have Chromium's sandbox.
    const args = [...(process.getuid?.() === 0 ? ['--no-sandbox'] : []), ...flags()];
    browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args });
  });
  afterAll(() => browser?.close());
  return async (options) => {
    if (!browser) throw new Error('Chromium did not start');
    const context = await browser.newContext(options);
    onTestFinished(() => context.close());
    return context.newPage();
  };
}

import type { Page } from 'playwright-core';
import { expect } from 'vitest';
import { axeFindings } from './axe.ts';

/** The screens that pages are looked at on. */
export const screens = { desktop: { width: 1280, height: 900 }, phone: { width: 360, height: 740 } };

/** Each color scheme on each screen. */
const looks = (['light', 'dark'] as const).flatMap((colorScheme) =>
  (['desktop', 'phone'] as const).map((size) => ({ colorScheme, size })),
);

/** Expects in every look that axe finds nothing on a page, and that nothing is wider than the screen. */
export async function expectGoodLooks(page: Page): Promise<void> {
  for (const { colorScheme, size } of looks) {
    await page.emulateMedia({ colorScheme });
    await page.setViewportSize(screens[size]);
    const findings = await axeFindings(page);
    const tooWide = await page.evaluate(() => document.documentElement.scrollWidth > innerWidth);
    expect({ look: `${colorScheme}, ${size}`, findings, tooWide }).toEqual({
      look: `${colorScheme}, ${size}`,
      findings: [],
      tooWide: false,
    });
  }
}

/** Presses Tab so often: the texts of what gets the focus. Expects each to be seen to have it. */
export async function tabStops(page: Page, count: number): Promise<string[]> {
  const stops: string[] = [];
  for (let stop = 0; stop < count; stop++) {
    await page.keyboard.press('Tab');
    const focused = page.locator(':focus');
    stops.push((await focused.textContent()) ?? '');
    expect(await focused.evaluate((element) => getComputedStyle(element).outlineStyle)).toBe('solid');
  }
  return stops;
}

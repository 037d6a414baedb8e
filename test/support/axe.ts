import axe, { type AxeResults } from 'axe-core';
import type { Frame, Page } from 'playwright-core';

/** What axe finds wrong with a page or a frame, as `rule: element` lines. */
export async function axeFindings(page: Page | Frame): Promise<string[]> {
  // As an evaluated expression, which the page's content security policy does not concern.
  await page.evaluate(axe.source);
  const { violations } = await page.evaluate<AxeResults>('axe.run()');
  return violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html}`));
}

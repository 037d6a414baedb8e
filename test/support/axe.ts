import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import type { Frame, Page } from 'playwright-core';

/** Half the size of the source that the package exports, which the browser reads in every document. */
const source = readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** Runs in the page. What axe found in order is not sent here: it is more than the page. */
const findings = `axe.run({ resultTypes: ['violations'] }).then(({ violations }) =>
  violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => id + ': ' + html)))`;

/** What axe finds wrong with a page or a frame, as `rule: element` lines. */
export async function axeFindings(page: Page | Frame): Promise<string[]> {
  // As evaluated expressions, which the page's content security policy does not concern.
  if (!(await page.evaluate(`'axe' in window`))) await page.evaluate(`${await source};0`);
  return page.evaluate<string[]>(findings);
}

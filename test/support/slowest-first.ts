import { relative } from 'node:path';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Where tests wait for streams, outages, browsers and the type checker, the slowest first. */
const slowFolders = [
  'test/cli/verify/',
  'test/dev/start.test.ts',
  'test/without-extensions.test.ts',
  'test/upgrading.test.ts',
  'test/own-server.test.ts',
  'test/faults/',
  'test/e2e/outages.test.ts',
  'test/soak/',
  'test/lib/mcp/',
  'test/browser/',
  'test/e2e/',
  'test/conformance/',
  'test/docs-code.test.ts',
  'test/cli/admin/rotate-secrets.test.ts',
  'test/dev/',
];

/** Starts the slowest files first, in a fresh clone too, so that no worker is left with one at the end. */
export default class SlowestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const rank = ({ moduleId }: TestSpecification) => {
      const path = relative(this.ctx.config.root, moduleId);
      const found = slowFolders.findIndex((folder) => path.startsWith(folder));
      return found < 0 ? slowFolders.length : found;
    };
    return sorted.sort((a, b) => rank(a) - rank(b));
  }
}

/** The build command of a deployment (`vercel.json`): bundles the views of tools, checks the project and bundles the functions. */
import { fileURLToPath } from 'node:url';
import { bundleFunctions } from './vercel/bundle.ts';
import { bundleViews } from './views/bundle.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
for (const document of await bundleViews(root)) process.stdout.write(`Bundled ${document}\n`);
await import('./check.ts');
const bundled = await bundleFunctions(root);
process.stdout.write(
  'failure' in bundled
    ? `Functions are not bundled, so they start more slowly: ${bundled.failure}\n`
    : `Bundled lib into ${bundled.value.length} files\n`,
);

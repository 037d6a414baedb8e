/** The build command of a deployment (`vercel.json`): bundles the views of tools, so that the functions contain them. */
import { fileURLToPath } from 'node:url';
import { bundleViews } from './bundle.ts';

const documents = await bundleViews(fileURLToPath(new URL('../..', import.meta.url)));
for (const document of documents) process.stdout.write(`Bundled ${document}\n`);

/** `npm run add:tool`: writes a new tool, its line in the list, and its test. */
import { fileURLToPath } from 'node:url';
import { addTool, usage } from './add-tool/add-tool.ts';
import { CommandFailure } from './failure.ts';

const args = process.argv.slice(2);
if (args.includes('--help')) process.stdout.write(usage);
else
  try {
    const { files, next } = await addTool(fileURLToPath(new URL('..', import.meta.url)), args);
    process.stdout.write(`${[...files.map((file) => `+ ${file}`), '', next].join('\n')}\n`);
  } catch (error) {
    if (!(error instanceof CommandFailure)) throw error;
    process.stderr.write(`${error.message}\n${error.fix}\n`);
    process.exitCode = 1;
  }

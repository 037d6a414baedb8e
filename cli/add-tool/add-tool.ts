import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { isScope } from '../../lib/scope-rules.ts';
import { baselineScopes, scopeDescriptions } from '../../lib/scopes.ts';
import { CommandFailure } from '../failure.ts';
import { testText, toolText } from './templates.ts';
import { withTool } from './tool-list.ts';
import { type ToolNames, toolNames } from './tool-names.ts';

export const usage = `Adds a tool: its file in lib/tools/, its line in lib/tools/index.ts, and its test.

  npm run add:tool -- <name> [options]

  <name>            what the model calls it, such as add_note: lowercase letters, digits and _
  --title <text>    what people see, such as "Add a note" (default: from the name)
  --scopes <a,b>    what a client must have been granted (default: ${baselineScopes[0]})
  --help            show this help
`;

/**
 * Writes a tool that works, to be filled in.
 *
 * @returns the files, relative to the project, and what to do next.
 * @throws CommandFailure if the name is unusable or taken; nothing is written then.
 */
export async function addTool(root: string, args: string[]): Promise<{ files: string[]; next: string }> {
  const { names, scopes } = readArguments(args);
  const tool = `lib/tools/${names.file}.ts`;
  const test = `test/lib/tools/${names.file}.test.ts`;
  const index = 'lib/tools/index.ts';
  const list = withTool(await readFile(join(root, index), 'utf8'), names);
  for (const path of [tool, test])
    if (await exists(join(root, path)))
      throw new CommandFailure(`${path} exists already.`, 'Choose another name, or edit that file.');
  await write(join(root, tool), toolText(names, scopes));
  await write(join(root, test), testText(names, scopes));
  await writeFile(join(root, index), list);
  return {
    files: [tool, test, index],
    next: `Write its handler in ${tool}. npm start serves it as you save.`,
  };
}

function readArguments(args: string[]): { names: ToolNames; scopes: string[] } {
  let parsed: { values: { title?: string; scopes?: string }; positionals: string[] };
  try {
    const options = { title: { type: 'string' }, scopes: { type: 'string' } } as const;
    parsed = parseArgs({ args, options, allowPositionals: true });
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message.split(/\.\s/)[0] : 'unknown option';
    throw new CommandFailure(`${reason}.`, 'npm run add:tool -- --help lists the options.', { cause });
  }
  const [name = '', ...others] = parsed.positionals;
  if (others.length || !/^[a-z][a-z0-9]*(?:_[a-z0-9]+)*$/.test(name) || name.length > 64)
    throw new CommandFailure(
      name ? `"${parsed.positionals.join(' ')}" is not the name of a tool.` : 'The tool needs a name.',
      'Use up to 64 lowercase letters, digits and single _, such as add_note.',
    );
  const scopes = parsed.values.scopes?.split(/[ ,]+/).filter(Boolean) ?? baselineScopes.slice(0, 1);
  const unknown = scopes.filter((scope) => !isScope(scope));
  if (unknown.length)
    throw new CommandFailure(
      `There is no scope ${unknown.join(', ')}.`,
      `Use ${Object.keys(scopeDescriptions).join(', ')}, or add it to lib/scopes.ts first.`,
    );
  return { names: toolNames(name, parsed.values.title), scopes };
}

async function exists(path: string): Promise<boolean> {
  return readFile(path).then(
    () => true,
    () => false,
  );
}

async function write(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  // Fails if the file exists by now.
  await writeFile(path, text, { flag: 'wx' });
}

import type { ToolNames } from './tool-names.ts';

const listOf = (scopes: string[]) => `[${scopes.map((scope) => `'${scope}'`).join(', ')}]`;

/** A tool that works: it reads, and returns what it is given. */
export function toolText({ name, variable, title }: ToolNames, scopes: string[]): string {
  return `import { z } from 'zod';
import { defineTool } from '../mcp/define/tool.ts';

export const ${variable} = defineTool({
  name: '${name}',
  title: '${title}',
  description: 'Say what it does, when to use it, and what it returns: the model reads this.',
  scopes: ${listOf(scopes)},
  annotations: { readOnlyHint: true, openWorldHint: false },
  input: z.object({ text: z.string().min(1).max(1000).describe('What this argument means') }),
  handler: ({ text }) => \`You said: \${text}\`,
});
`;
}

/** Its test, which passes. */
export function testText({ name, variable }: ToolNames, scopes: string[]): string {
  return `import { expect, test } from 'vitest';
import { ${variable} } from '../../../lib/tools/${fileOf(name)}.ts';
import { useTools } from '../../kit/tools.ts';

const as = useTools([${variable}]);

test('${name} returns what it is given', async () => {
  const { text, isError } = await as({ scopes: ${listOf(scopes)} }).call('${name}', { text: 'hello' });
  expect([isError, text]).toEqual([false, 'You said: hello']);
});

test('${name} takes no empty text', async () => {
  expect((await as().call('${name}', { text: '' })).isError).toBe(true);
});
`;
}

const fileOf = (name: string) => name.replaceAll('_', '-');

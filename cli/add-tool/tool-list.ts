import { CommandFailure } from '../failure.ts';
import type { ToolNames } from './tool-names.ts';

/**
 * The text of `lib/tools/index.ts` with one tool more: its import where the formatter wants it, its entry at the end.
 *
 * @throws CommandFailure if the tool is in the list, or the list does not look as it should.
 */
export function withTool(text: string, { variable, file }: ToolNames): string {
  if (new RegExp(`\\b${variable}\\b`).test(text))
    throw new CommandFailure(`lib/tools/index.ts has ${variable} already.`, 'Choose another name.');
  const entry = /(export const features[^=]*= \[)([\s\S]*?)(\];)/.exec(text);
  if (!entry)
    throw new CommandFailure(
      'lib/tools/index.ts has no list `features`.',
      'Add the import and the entry by hand, or restore the list.',
    );
  const [whole, opening = '', entries = '', closing = ''] = entry;
  const items = entries.trim().replace(/,$/, '');
  const multiline = `\n${[...(items ? [items.replace(/^/, '  ')] : []), `  ${variable}`].join(',\n')},\n`;
  const oneLine = [items, variable].filter(Boolean).join(', ');
  const fits = !entries.includes('\n') && `${opening}${oneLine}${closing}`.length <= 110;
  const listed = text.replace(whole, () => opening + (fits ? oneLine : multiline) + closing);

  const lines = listed.split('\n');
  const line = `import { ${variable} } from './${file}.ts';`;
  const pathIn = (each: string) => /^import .* from '(\.\/[^']+)'/.exec(each)?.[1];
  const next = lines.findIndex((each) => (pathIn(each) ?? '') > `./${file}.ts`);
  const last = lines.findLastIndex((each) => each.startsWith('import '));
  lines.splice(next >= 0 ? next : last + 1, 0, line);
  return lines.join('\n');
}

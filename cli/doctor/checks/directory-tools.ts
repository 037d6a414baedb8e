import { type Check, outcome, type Problem } from '../check.ts';
import { legacyCall } from '../mcp.ts';
import { member, textMember } from '../member.ts';
import { listedTools } from '../tools.ts';
import { missingTools } from './protocol-2025-11-25.ts';

/** What Claude's directory requires of each tool. Whether a hint is true, only a person can tell. */
export const directoryTools: Check = {
  id: 'directory-tools',
  phase: 'Directory',
  needs: 'server',
  only: 'directory',
  title: 'Every tool has a title, a hint and a name that the directory accepts',
  async run(examination) {
    const token = examination.signedIn?.tokens.access;
    if (!token && examination.access !== 'public') return { skipped: 'not signed in' };
    const listed = await legacyCall(examination, { method: 'tools/list', token });
    const tools = listedTools(listed.result);
    if (!tools) return outcome('', [missingTools(listed)]);
    return outcome(
      `${tools.length} tools. Check that each hint is true, and that each tool of the account you signed in with is here.`,
      rules.flatMap(([id, isBroken]) => problemOf(id, tools.filter(isBroken))),
    );
  },
};

const hint = (tool: unknown, name: string) => member(member(tool, 'annotations'), name);

const rules: readonly (readonly [Problem['id'], (tool: unknown) => boolean])[] = [
  [
    'tool-untitled',
    (tool) => !(textMember(tool, 'title') ?? textMember(member(tool, 'annotations'), 'title')),
  ],
  [
    'tool-unhinted',
    (tool) => hint(tool, 'readOnlyHint') !== true && typeof hint(tool, 'destructiveHint') !== 'boolean',
  ],
  [
    'tool-contradictory',
    (tool) => hint(tool, 'readOnlyHint') === true && hint(tool, 'destructiveHint') === true,
  ],
  ['tool-name-refused', (tool) => !/^[\w-]{1,64}$/.test(textMember(tool, 'name') ?? '')],
];

function problemOf(id: Problem['id'], tools: unknown[]): Problem[] {
  if (!tools.length) return [];
  return [
    { id, detail: `${tools.map((tool) => textMember(tool, 'name') ?? 'a tool without a name').join(', ')}.` },
  ];
}

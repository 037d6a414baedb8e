import { readFileSync } from 'node:fs';

const read = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');

const tools = [
  ...['whoami', 'add-note', 'list-notes', 'search-notes', 'notes-board/tool', 'update-note', 'delete-note'],
  ...['note-resource', 'summarize-notes', 'upcoming-events', 'server-status'],
];
const scopes = ['mcp:read', 'mcp:write', 'mcp:admin'];

/** Whether this server still offers the whole example, which most of the template's own tests use. */
export function offersExample(): boolean {
  const [listed, described] = [read('lib/tools/index.ts'), read('lib/scopes.ts')];
  return (
    tools.every((tool) => listed.includes(`'./${tool}.ts'`)) &&
    scopes.every((scope) => described.includes(`'${scope}'`))
  );
}

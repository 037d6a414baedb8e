import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { usage as adminUsage } from '../cli/admin/arguments.ts';
import { usage as doctorUsage } from '../cli/doctor/arguments.ts';
import { usage as setupUsage } from '../cli/setup/arguments.ts';
import { usage as verifyUsage } from '../cli/verify/arguments.ts';
import { usage as startUsage } from '../dev/start-options.ts';
import { usage as soakUsage } from './soak/options.ts';
import { documents, filesIn, readDocument } from './support/documents.ts';

const root = fileURLToPath(new URL('..', import.meta.url));

/** A Markdown text without its code blocks. */
const prose = (markdown: string) => markdown.replace(/^```[\s\S]*?^```$/gm, '');

/** Anchors as GitHub makes them from headings. */
const anchorsOf = (markdown: string) =>
  [...prose(markdown).matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );

const isUrl = (target: string) => /^[a-z]+:/.test(target);

const folders = ['api', 'lib', 'dev', 'cli', 'bench', 'test', 'docs', 'public', '.github'];

/** Whether inline code is a path in this repository: below one of its folders, or a file at its root. */
function isPath(code: string): boolean {
  const [first = '', ...rest] = code.split('/');
  return (
    /^[\w./-]+$/.test(code) &&
    (rest.length ? folders.includes(first) : /^\w[\w-]*\.(?:json|ts|md)$/.test(code))
  );
}

const usages = {
  'run admin': adminUsage,
  'run setup': setupUsage,
  'run doctor': doctorUsage,
  'run soak': soakUsage,
  'run verify': verifyUsage,
  start: startUsage,
};

describe.each(documents)('%s', (document) => {
  const text = prose(readDocument(document));

  it('gives commands the flags that they have', () => {
    const commands = readDocument(document).matchAll(
      /npm (run admin|run setup|run doctor|run soak|run verify|start) -- ([^`\n]*)/g,
    );
    const unknown = [...commands].flatMap(([, command = '', args = '']) =>
      [...args.matchAll(/(?<=^|\s)--[\w-]+/g)]
        .filter(([flag]) => !usages[command as keyof typeof usages].includes(`${flag} `))
        .map(([flag]) => `npm ${command} -- ${flag}`),
    );
    expect(unknown).toEqual([]);
  });

  it('links to what exists', () => {
    const links = [...text.matchAll(/(?:\]\(|(?:src|href)=")([^)"\s]+)/g)].map(([, target = '']) => target);
    const broken = links.filter((target) => {
      if (isUrl(target)) return false;
      const [path = '', anchor] = target.split('#');
      const file = path ? join(dirname(document), path) : document;
      if (!existsSync(join(root, file))) return true;
      return anchor !== undefined && !anchorsOf(readDocument(file)).includes(anchor);
    });
    expect(broken).toEqual([]);
  });

  it('names files and folders that exist', () => {
    const own = new Set(filesIn(document).map(({ path }) => path));
    const named = [...text.matchAll(/`([^`\s]+)`/g)].map(([, code = '']) => code).filter(isPath);
    expect(named.filter((path) => !own.has(path) && !existsSync(join(root, path)))).toEqual([]);
  });

  it('labels a link to a file with the path of that file', () => {
    const labelled = [...text.matchAll(/\[`([^`\s]+\.\w+)`\]\(([^)\s#]+)/g)];
    const wrong = labelled.filter(
      ([, label = '', target = '']) => join(dirname(document), target) !== label && !isUrl(target),
    );
    expect(wrong.map(([link]) => link)).toEqual([]);
  });
});

describe('the "Where is …?" table in docs/architecture.md', () => {
  const [, table = ''] = readDocument('docs/architecture.md').split('## Where is …?\n');
  const rows = [...(table.split('\n## ')[0] ?? '').matchAll(/^\| (?!looking for|---)([^|*]+) \| (.+) \|$/gm)];

  const terms = `PKCE, resource indicator, \`iss\`, \`state\`, consent, authorization code, refresh grant, access token,
    revocation, DCR, CIMD, redirect URI matching, loopback ports, elicitation, step-up, session recovery, resumability,
    cancellation, rate limits, sealing keys, CORS, origin check, prune, health, add a tool, add a scope`;

  it.each(terms.split(/,\s+/))('lists %s', (term) => {
    expect(rows.map(([, subject]) => subject)).toContainEqual(expect.stringContaining(term));
  });

  it('names at least one source file in each row', () => {
    const without = rows.filter(([, , where = '']) => !/\]\(\.\.\/(?:api|lib)\/[\w/.-]+\.ts\)/.test(where));
    expect(without.map(([row]) => row)).toEqual([]);
  });
});

it('the tests that docs/security.md names exist', () => {
  const named = [
    ...readDocument('docs/security.md').matchAll(/\]\(\.\.\/(test\/[\w/.-]+)\)((?:,? “[^”]+”)*)/g),
  ];
  const missing = named.flatMap(([, path = '', names = '']) => {
    const source = readDocument(path);
    return [...names.matchAll(/“([^”]+)”/g)]
      .map(([, name = '']) => name)
      .filter((name) => !source.includes(name));
  });
  expect(named.length).toBeGreaterThan(0);
  expect(missing).toEqual([]);
});

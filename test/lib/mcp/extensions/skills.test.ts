import { createHash } from 'node:crypto';
import { globSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { parseDocument } from 'yaml';
import { z } from 'zod';
import { accessToken, other } from '../../../support/access-token.ts';
import { modern, poster, rawClient, request } from '../../../support/mcp-request.ts';
import { useStack } from '../../../support/stack.ts';

// As deployed: the folder must be among the files that the builder traced.
const stack = useStack({ built: true, instances: 3 });

const root = 'skill://working-with-notes';
const folder = new URL('../../../../lib/skills/working-with-notes/', import.meta.url);

const cached = { resultType: z.literal('complete'), ttlMs: z.int().min(0), cacheScope: z.literal('private') };
/** An entry as the specification describes it. */
const entry = z.strictObject({
  uri: z.string().regex(/^skill:\/\/[a-z\d-]+\/SKILL\.md$/),
  frontmatter: z.looseObject({ name: z.string(), description: z.string() }),
  resources: z.array(
    z.strictObject({ uri: z.string(), digest: z.string().regex(/^sha256:[\da-f]{64}$/), size: z.int() }),
  ),
});
const listed = z.strictObject({ skills: z.array(entry), ...cached, _meta: z.unknown().optional() });
const got = z.strictObject({ skill: entry, ...cached, _meta: z.unknown().optional() });
const read = z.object({
  ...cached,
  contents: z.tuple([
    z.object({
      uri: z.string(),
      mimeType: z.string(),
      text: z.string().optional(),
      blob: z.string().optional(),
    }),
  ]),
});

/** Sends each request to the next of the three instances. */
async function reader(options: Parameters<typeof accessToken>[1] = { scope: 'mcp:read' }) {
  const post = poster(stack(), await accessToken(stack(), options));
  let sent = 0;
  return async (method: string, params: Record<string, unknown> = {}) => {
    const [body, headers] = modern(method, params);
    return post(body, { ...headers, 'x-local-instance': String(sent++ % 3) });
  };
}

it('is declared to clients of the modern era, which do not declare it themselves', async () => {
  const send = await reader();
  expect((await send('server/discover')).last.result).toMatchObject({
    capabilities: {
      resources: {},
      extensions: { 'io.modelcontextprotocol/skills': { directoryRead: true } },
    },
  });
});

it('lists each skill with its frontmatter unchanged and every file with the digest of what is read', async () => {
  const send = await reader();
  const { skills } = listed.parse((await send('skills/list')).last.result);
  expect(skills.map(({ uri }) => uri)).toEqual([`${root}/SKILL.md`]);
  const [skill] = skills;
  const onDisk = globSync('**/*.*', { cwd: folder }).map((path) => `${root}/${path}`);
  expect(skill?.resources.map(({ uri }) => uri).sort()).toEqual(onDisk.sort());

  for (const { uri, digest, size } of skill?.resources ?? []) {
    const { contents } = read.parse((await send('resources/read', { uri })).last.result);
    const bytes = Buffer.from(contents[0].text ?? '');
    expect({ uri: contents[0].uri, mimeType: contents[0].mimeType, size: bytes.length }).toEqual({
      uri,
      mimeType: 'text/markdown',
      size,
    });
    expect(`sha256:${createHash('sha256').update(bytes).digest('hex')}`).toBe(digest);
    expect(bytes.equals(readFileSync(new URL(uri.slice(root.length + 1), folder)))).toBe(true);
    if (uri === skill?.uri) {
      const [, yaml = ''] = bytes.toString().split('---\n');
      expect(skill.frontmatter).toEqual(parseDocument(yaml).toJSON());
      expect(`skill://${skill.frontmatter.name}`).toBe(root);
    }
  }
});

it('answers skills/get with the same entry, on each instance', async () => {
  const send = await reader();
  const { skills } = listed.parse((await send('skills/list')).last.result);
  for (const _instance of [0, 1, 2]) {
    const answer = await send('skills/get', { uri: `${root}/SKILL.md` });
    expect(got.parse(answer.last.result).skill).toEqual(skills[0]);
  }
});

it('reads directories: direct children, without what is below them', async () => {
  const send = await reader();
  const children = async (uri: string) => (await send('resources/directory/read', { uri })).last.result;
  const directory = { mimeType: 'inode/directory' };
  expect(await children(root)).toMatchObject({
    resultType: 'complete',
    ttlMs: 300_000,
    cacheScope: 'private',
    resources: [
      { uri: `${root}/SKILL.md`, name: 'working-with-notes', mimeType: 'text/markdown' },
      { uri: `${root}/references`, name: 'references', ...directory },
      { uri: `${root}/templates`, name: 'templates', ...directory },
    ],
  });
  expect(await children(`${root}/templates`)).toMatchObject({
    resources: [{ uri: `${root}/templates/meeting.md`, name: 'meeting.md', mimeType: 'text/markdown' }],
  });
});

it('does not exist for a caller who lacks its scopes', async () => {
  const send = await reader({ user: other, scope: 'openid' });
  expect(listed.parse((await send('skills/list')).last.result).skills).toEqual([]);
  for (const [method, uri] of [
    ['skills/get', `${root}/SKILL.md`],
    ['resources/read', `${root}/SKILL.md`],
    ['resources/read', `${root}/templates/meeting.md`],
    ['resources/directory/read', root],
  ] as const) {
    const { last } = await send(method, { uri });
    expect(last.error).toMatchObject({ code: -32602, message: expect.stringContaining(uri) });
  }
});

it.each([
  ['skills/get', 'skill://unknown/SKILL.md'],
  ['skills/get', root],
  ['skills/get', `${root}/templates/meeting.md`],
  ['skills/get', ''],
  ['resources/read', 'skill://unknown/SKILL.md'],
  ['resources/read', root],
  ['resources/read', `${root}/templates`],
  ['resources/read', `${root}/../index.ts`],
  ['resources/read', `${root}/%2e%2e/index.ts`],
  ['resources/read', `${root}/templates/..%2F..%2F..%2Fscopes.ts`],
  ['resources/read', `${root}/templates/../SKILL.md`],
  ['resources/read', `${root}//etc/passwd`],
  ['resources/read', `${root}/SKILL.md%00`],
  ['resources/read', 'skill:///../../package.json'],
  ['resources/directory/read', `${root}/SKILL.md`],
  ['resources/directory/read', `${root}/`],
  ['resources/directory/read', `${root}/..`],
  ['resources/directory/read', 'skill:/'],
  ['resources/directory/read', ''],
])('%s refuses %j as unknown', async (method, uri) => {
  const send = await reader();
  expect((await send(method, { uri })).last.error?.code).toBe(-32602);
});

it('refuses a cursor that it did not give, and a URI that is no text', async () => {
  const send = await reader();
  expect((await send('skills/list', { cursor: 'x' })).last.error?.code).toBe(-32602);
  expect((await send('resources/directory/read', { uri: root, cursor: 'x' })).last.error?.code).toBe(-32602);
  expect((await send('skills/get', { uri: 7 })).last.error?.code).toBe(-32602);
});

it('leaves the lists of resources and the legacy era as they are without it', async () => {
  const send = await reader();
  for (const method of ['resources/list', 'resources/templates/list'])
    expect((await send(method)).text).not.toContain('skill');

  const client = rawClient(stack(), await accessToken(stack()));
  await client.initialize({});
  expect((await client.send(request('skills/list'))).last.error?.code).toBe(-32601);
  expect(
    (await client.send(request('resources/read', { uri: `${root}/SKILL.md` }))).last.error,
  ).toBeDefined();
});

import { cp, mkdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkProject } from '../../../../dev/check-project.ts';
import type { SkillFolder } from '../../../../lib/mcp/define/skill.ts';
import { checkSkills } from '../../../../lib/mcp/extensions/skills/check.ts';
import { readSkill } from '../../../../lib/mcp/extensions/skills/read-skill.ts';
import { skillsFor } from '../../../../lib/mcp/extensions/skills/served.ts';
import { baselineScopes } from '../../../../lib/scopes.ts';
import { skills } from '../../../../lib/skills/index.ts';
import { temporaryFolder, writeFiles } from '../../../support/project-copy.ts';

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
beforeAll(async () => {
  folder = await temporaryFolder();
});
afterAll(() => folder?.remove());

let made = 0;

/** A skill with these files, named `mine`. */
async function skill(files: Record<string, string>): Promise<SkillFolder & { path: string }> {
  const path = join(folder.path, String(++made), 'mine');
  await mkdir(path, { recursive: true });
  await writeFiles(path, files);
  return { folder: pathToFileURL(`${path}/`), scopes: baselineScopes.slice(0, 1), path };
}

const main = (yaml: string) => ({ 'SKILL.md': `---\n${yaml}\n---\n# Mine\n` });
const valid = main('name: mine\ndescription: Mine.');

it('the skills of this server are valid', async () => {
  expect(await checkSkills(skills)).toEqual([]);
});

describe('a skill is refused', () => {
  it.each<[string, Record<string, string>, RegExp]>([
    ['without SKILL.md', { 'skill.md': valid['SKILL.md'] }, /no SKILL\.md/],
    ['without frontmatter', { 'SKILL.md': '# Mine\n' }, /does not begin with YAML/],
    ['whose frontmatter does not end', { 'SKILL.md': '---\nname: mine\n' }, /does not begin with YAML/],
    ['whose frontmatter is a list', main('- name: mine'), /JSON object/],
    [
      'with a number that JSON does not have',
      main('name: mine\ndescription: Mine.\nsize: .inf'),
      /JSON object/,
    ],
    ['with a key that is written twice', main('name: mine\nname: mine\ndescription: Mine.'), /unique/],
    ['without a name', main('description: Mine.'), /name/],
    ['without a description', main('name: mine'), /description/],
    ['whose description is blank', main('name: mine\ndescription: " "'), /description/],
    ['whose description is too long', main(`name: mine\ndescription: ${'x'.repeat(1025)}`), /description/],
    ['with capitals in its name', main('name: Mine\ndescription: Mine.'), /name/],
    ['with two hyphens in its name', main('name: mi--ne\ndescription: Mine.'), /name/],
    ['named differently than its folder', main('name: yours\ndescription: Mine.'), /name of its folder/],
    ['with a file of more than 3 MiB', { ...valid, 'big.txt': 'x'.repeat(3 * 1024 * 1024 + 1) }, /big\.txt/],
    [
      'of more than 16 MiB',
      { ...valid, ...Object.fromEntries([...'abcdef'].map((name) => [name, 'x'.repeat(3 * 1024 * 1024)])) },
      /16 MiB/,
    ],
    [
      'of more than 512 files',
      { ...valid, ...Object.fromEntries(Array.from({ length: 512 }, (_, index) => [`${index}.txt`, ''])) },
      /512 files/,
    ],
  ])('%s', async (_what, files, problem) => {
    const [finding, ...others] = await checkSkills([await skill(files)]);
    expect(finding).toMatchObject({ skill: 'skill://mine', problem: expect.stringMatching(problem) });
    expect(others).toEqual([]);
  });

  it('with a link, which may lead out of its folder', async () => {
    const mine = await skill(valid);
    await symlink('/etc/passwd', join(mine.path, 'notes.txt'));
    expect(await checkSkills([mine])).toMatchObject([{ problem: 'notes.txt is not a regular file.' }]);
  });

  it('whose name is taken', async () => {
    expect(await checkSkills([await skill(valid), await skill(valid)])).toMatchObject([
      { problem: expect.stringContaining('another skill') },
    ]);
  });
});

describe('in a project', () => {
  const project = fileURLToPath(new URL('../../../../', import.meta.url));

  it('the check names a skill that is invalid, and one that is not listed', async () => {
    const root = join(folder.path, 'project');
    for (const path of ['api', 'lib', 'package.json'])
      await cp(join(project, path), join(root, path), { recursive: true });
    await symlink(join(project, 'node_modules'), join(root, 'node_modules'));
    await rm(join(root, 'lib/skills'), { recursive: true });
    await writeFiles(root, {
      'lib/skills/index.ts':
        "export const skills = [{ folder: new URL('./broken/', import.meta.url), scopes: [] }];\n",
      'lib/skills/broken/SKILL.md': '# Notes',
      'lib/skills/forgotten/SKILL.md': '---\nname: forgotten\ndescription: Forgotten.\n---\n',
    });
    expect(await checkProject(root, process.env)).toEqual([
      {
        file: 'lib/skills/index.ts',
        problem: expect.stringMatching(/^skill:\/\/broken: It does not begin with YAML/),
        fix: expect.stringContaining('agentskills.io'),
      },
      {
        file: 'lib/skills/forgotten/SKILL.md',
        problem: 'The skill is not served.',
        fix: 'Add its folder to the list in lib/skills/index.ts.',
      },
    ]);
  });
});

it('512 files are accepted, hidden ones not counted', async () => {
  const files = Object.fromEntries(Array.from({ length: 511 }, (_, index) => [`${index}.txt`, '']));
  const { entry } = await readSkill(await skill({ ...valid, ...files, '.DS_Store': '' }));
  expect(entry.resources).toHaveLength(512);
});

it('every field of the frontmatter is passed on unchanged, those that nobody knows included', async () => {
  const yaml =
    'name: mine\ndescription: Mine.\nadded: 2026-11-01\nmetadata:\n  version: "1.0"\nx: [1, {y: null}]';
  const { entry } = await readSkill(await skill(main(yaml)));
  expect(entry.frontmatter).toEqual({
    name: 'mine',
    description: 'Mine.',
    added: '2026-11-01',
    metadata: { version: '1.0' },
    x: [1, { y: null }],
  });
});

it('a file that is no text is served byte for byte, under a URI that is valid', async () => {
  const mine = await skill(valid);
  await writeFile(join(mine.path, 'a b.png'), Buffer.from([0x89, 0x50, 0, 0xff]));
  const { files } = await readSkill(mine);
  expect(files.get('skill://mine/a%20b.png')).toMatchObject({
    isText: false,
    mimeType: 'image/png',
    bytes: Buffer.from([0x89, 0x50, 0, 0xff]),
  });
});

it('an invalid skill is left out and the others are served', async () => {
  const served = await skillsFor([await skill({ 'SKILL.md': '' }), await skill(valid)], baselineScopes);
  expect(served.map(({ entry }) => entry.frontmatter.name)).toEqual(['mine']);
});

it('the skill of docs/writing-tools.md is valid, and its line is as those in lib/skills/index.ts', async () => {
  const project = new URL('../../../../', import.meta.url);
  const guide = await readFile(new URL('docs/writing-tools.md', project), 'utf8');
  const [, chapter = ''] = guide.split('\n## Skills\n');
  const blocks = [...chapter.matchAll(/^```md\n([\s\S]*?)^```$/gm)].map(([, text = '']) => text);
  const files = blocks.map((text) => [/lib\/skills\/reading-list\/(\S+)/.exec(text)?.[1] ?? '', text]);
  const path = join(folder.path, 'reading-list');
  await writeFiles(path, Object.fromEntries(files));
  const listed = { folder: pathToFileURL(`${path}/`), scopes: [] };
  expect(await checkSkills([listed])).toEqual([]);
  expect((await readSkill(listed)).entry.resources).toHaveLength(2);

  const [, line = ''] = /^```ts\n(.+)\n```$/m.exec(chapter) ?? [];
  const index = await readFile(new URL('lib/skills/index.ts', project), 'utf8');
  expect(index.split('\n')).toContain(line.replace('reading-list', 'working-with-notes'));
});

import { describe, expect, onTestFinished, test } from 'vitest';
import { checkCrons } from '../../../dev/vercel/crons.ts';
import { readProject } from '../../../dev/vercel/project.ts';
import { temporaryFolder, writeFiles } from '../../support/project-copy.ts';

const handler = 'export default { fetch: () => new Response() };\n';

/** Reads a project with two functions and this vercel.json. */
async function read(config: object, files: Record<string, string> = {}) {
  const { path: root, remove } = await temporaryFolder();
  onTestFinished(remove);
  await writeFiles(root, {
    'vercel.json': JSON.stringify(config),
    'api/one.ts': handler,
    'api/cron/two.ts': handler,
    'public/page.html': '<p>',
    ...files,
  });
  const project = await readProject(root);
  checkCrons(project);
  return project;
}

test.each(['a b', 'x'.repeat(122)])('a function cannot be called %s', async (name) => {
  await expect(read({}, { [`api/${name}.ts`]: handler })).rejects.toThrow('the path of a function');
});

describe('vercel.json', () => {
  test('gives each function the limits of the first pattern that fits', async () => {
    const { functions } = await read({
      functions: { 'api/one.ts': { maxDuration: 30 }, 'api/**/*.ts': { maxDuration: 60 } },
      crons: [{ path: '/api/cron/two', schedule: '17 4 * * *' }],
    });
    expect([...functions.values()].map(({ route, maxDurationMs }) => [route, maxDurationMs])).toEqual([
      ['/api/cron/two', 60_000],
      ['/api/one', 30_000],
    ]);
  });

  test.each<[string, object, string]>([
    [
      'a pattern behind a glob that covers it',
      { functions: { 'api/**/*.ts': {}, 'api/one.ts': {} } },
      'The pattern "api/one.ts" defined in `functions` doesn\'t match any Serverless Functions',
    ],
    [
      'a pattern without a function',
      { functions: { 'api/three.ts': {} } },
      'The pattern "api/three.ts" defined in `functions` doesn\'t match any Serverless Functions',
    ],
    ['half a second', { functions: { 'api/one.ts': { maxDuration: 0.5 } } }, 'functions'],
    ['more than an hour', { functions: { 'api/one.ts': { maxDuration: 3601 } } }, 'functions'],
    [
      'more than 50 patterns',
      { functions: Object.fromEntries(Array.from({ length: 51 }, (_, n) => [`api/${n}.ts`, {}])) },
      'At most 50 patterns are allowed.',
    ],
    [
      'a cron that reaches nothing',
      { crons: [{ path: '/api/cron', schedule: '17 4 * * *' }] },
      'The cron /api/cron does not reach a function.',
    ],
    [
      'a cron that reaches a file',
      { crons: [{ path: '/page.html', schedule: '17 4 * * *' }] },
      'The cron /page.html does not reach a function.',
    ],
    [
      'a schedule of six fields',
      { crons: [{ path: '/api/one', schedule: '0 17 4 * * *' }] },
      'A schedule has five fields.',
    ],
    ['a cron without a slash', { crons: [{ path: 'api/one', schedule: '17 4 * * *' }] }, 'crons'],
    ['a rewrite to another host', { rewrites: [{ source: '/a', destination: 'https://x/' }] }, 'rewrites'],
    ['a source that does not compile', { rewrites: [{ source: '/(', destination: '/api/one' }] }, 'source'],
  ])('is refused with %s', async (_, config, problem) => {
    await expect(read(config)).rejects.toThrow(problem);
  });
});

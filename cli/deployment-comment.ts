/**
 * `node cli/deployment-comment.ts <file>`: comments a report on the open pull requests of the deployed commit. Each pull
 * request has one such comment, which later runs update. Runs in GitHub Actions, after the doctor.
 */
import { readFile } from 'node:fs/promises';
import { z } from 'zod';

/** Begins every comment of this command, so that a later run finds it. Not visible on the page. */
const marker = '<!-- mcp-doctor -->';
/** The user that GITHUB_TOKEN acts as. A comment by anyone else is not ours to change, whatever it begins with. */
const author = 'github-actions[bot]';
const pageSize = 100;
const timeoutMs = 30_000;

const environmentSchema = z.object({
  GITHUB_API_URL: z.url().default('https://api.github.com'),
  GITHUB_REPOSITORY: z.string().regex(/^[\w.-]+\/[\w.-]+$/),
  GITHUB_TOKEN: z.string().min(1),
  COMMIT_SHA: z.string().regex(/^[0-9a-f]{40,64}$/),
});
const pullsSchema = z.array(z.object({ number: z.int(), state: z.string() }));
const commentsSchema = z.array(
  z.object({
    id: z.int(),
    body: z.string().nullish(),
    user: z.object({ login: z.string() }).nullable(),
  }),
);

async function main(file: string): Promise<void> {
  const { GITHUB_API_URL, GITHUB_REPOSITORY, GITHUB_TOKEN, COMMIT_SHA } = environmentSchema.parse(
    process.env,
  );
  const report = (await readFile(file, 'utf8')).trim();
  if (!report) throw new Error(`${file} is empty: the doctor did not finish.`);
  const body = `${marker}\n${report}`;
  const call = caller(`${GITHUB_API_URL}/repos/${GITHUB_REPOSITORY}`, GITHUB_TOKEN);

  const pulls = pullsSchema.parse(await call('GET', `/commits/${COMMIT_SHA}/pulls`));
  const open = pulls.filter(({ state }) => state === 'open');
  for (const { number } of open) {
    const existing = await findComment(call, number);
    if (existing === undefined) await call('POST', `/issues/${number}/comments`, { body });
    else await call('PATCH', `/issues/comments/${existing}`, { body });
    console.log(`${existing === undefined ? 'Added' : 'Updated'} the comment on pull request ${number}.`);
  }
  if (!open.length) console.log('The commit belongs to no open pull request.');
}

type Caller = ReturnType<typeof caller>;

/** The id of this command's comment on a pull request. Undefined if there is none. */
async function findComment(call: Caller, number: number): Promise<number | undefined> {
  for (let page = 1; ; page++) {
    const path = `/issues/${number}/comments?per_page=${pageSize}&page=${page}`;
    const comments = commentsSchema.parse(await call('GET', path));
    const own = comments.find(({ body, user }) => user?.login === author && body?.startsWith(marker));
    if (own || comments.length < pageSize) return own?.id;
  }
}

function caller(base: string, token: string) {
  return async (method: 'GET' | 'POST' | 'PATCH', path: string, body?: unknown): Promise<unknown> => {
    const response = await fetch(base + path, {
      method,
      headers: {
        accept: 'application/vnd.github+json',
        'x-github-api-version': '2022-11-28',
        authorization: `Bearer ${token}`,
        'content-type': 'application/json',
      },
      body: body === undefined ? null : JSON.stringify(body),
      signal: AbortSignal.timeout(timeoutMs),
    });
    if (!response.ok) throw new Error(`GitHub answered ${response.status} to ${method} ${path}.`);
    return response.json();
  };
}

const [file] = process.argv.slice(2);
if (!file) throw new Error('Usage: node cli/deployment-comment.ts <file>');
await main(file);

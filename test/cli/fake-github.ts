import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export type Comment = { id: number; body: string; user: { login: string } };

export type FakeGitHub = {
  apiUrl: string;
  /** Comments by the number of the pull request. */
  comments: Map<number, Comment[]>;
  close(): Promise<void>;
};

/** The part of GitHub's REST API that a comment needs, for one repository and one commit. */
export async function startFakeGitHub(options: {
  repository: string;
  commit: string;
  token: string;
  pulls: { number: number; state: string }[];
}): Promise<FakeGitHub> {
  const comments = new Map(options.pulls.map(({ number }): [number, Comment[]] => [number, []]));
  let nextId = 1000;

  const answer = (method: string, url: URL, text: string): [status: number, body: unknown] => {
    const base = `/repos/${options.repository}`;
    const path = url.pathname.slice(base.length);
    if (!url.pathname.startsWith(`${base}/`)) return [404, { message: 'Not Found' }];
    if (method === 'GET' && path === `/commits/${options.commit}/pulls`) return [200, options.pulls];
    const [, number] = /^\/issues\/(\d+)\/comments$/.exec(path) ?? [];
    const listed = comments.get(Number(number));
    if (listed && method === 'GET') {
      const [page, size] = ['page', 'per_page'].map((name) => Number(url.searchParams.get(name)));
      return [200, listed.slice(((page ?? 1) - 1) * (size ?? 30), (page ?? 1) * (size ?? 30))];
    }
    const login = 'github-actions[bot]';
    if (listed && method === 'POST') {
      const created = { id: nextId++, body: JSON.parse(text).body, user: { login } };
      listed.push(created);
      return [201, created];
    }
    const [, id] = /^\/issues\/comments\/(\d+)$/.exec(path) ?? [];
    const found = [...comments.values()].flat().find((each) => each.id === Number(id));
    if (found && method === 'PATCH') return [200, Object.assign(found, JSON.parse(text))];
    return [404, { message: 'Not Found' }];
  };

  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const isKnown = request.headers.authorization === `Bearer ${options.token}`;
    const url = new URL(request.url ?? '/', 'http://localhost');
    const [status, body] = isKnown
      ? answer(request.method ?? '', url, Buffer.concat(chunks).toString('utf8'))
      : [401, { message: 'Bad credentials' }];
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    apiUrl: `http://localhost:${(server.address() as AddressInfo).port}`,
    comments,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

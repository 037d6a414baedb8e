import { expect, onTestFinished, test } from 'vitest';
import { examineUrl, levels, wrong } from './examine.ts';
import { healthyRoutes, register } from './fake-mcp.ts';
import { type Reply, type Route, startFakeServer, type Visit } from './fake-server.ts';

type Deletion = { path: string; authorization: string | undefined };

/** A server that offers RFC 7592 at the URL that `uriOf` makes of its origin and the client's number. */
async function offering(uriOf: (origin: string, id: number) => string, reply: Reply = { status: 204 }) {
  const deletions: Deletion[] = [];
  let count = 0;
  const deletion: Route = ({ url, headers }) => {
    deletions.push({ path: url.pathname, authorization: headers.authorization });
    return reply;
  };
  const server = await startFakeServer((origin) =>
    healthyRoutes(origin)
      .set('POST /register', (visit: Visit) => {
        const id = ++count;
        const { body } = register(visit);
        const management = {
          registration_client_uri: uriOf(origin, id),
          registration_access_token: `access-token-${id}`,
        };
        return { status: 201, body: { ...(body as object), client_id: `c${id}`, ...management } };
      })
      .set('DELETE /register/1', deletion)
      .set('DELETE /register/2', deletion),
  );
  onTestFinished(server.close);
  return { server, deletions };
}

const ownUri = (origin: string, id: number) => `${origin}/register/${id}`;

test('the doctor deletes both registrations if the server offers that, each with its own token', async () => {
  const { server, deletions } = await offering(ownUri);
  const findings = await examineUrl(server.mcpUrl);
  expect(wrong(findings)).toEqual([]);
  expect(findings).toContainEqual(expect.objectContaining({ id: 'removal', detail: '2 deleted.' }));
  expect(deletions).toEqual(
    [
      { path: '/register/1', authorization: 'Bearer access-token-1' },
      { path: '/register/2', authorization: 'Bearer access-token-2' },
    ].toReversed(),
  );
});

test('a deletion that fails is a warning with the client id and the answer', async () => {
  const { server } = await offering(ownUri, { status: 500, body: { error: 'server_error' } });
  expect(await examineUrl(server.mcpUrl)).toContainEqual(
    expect.objectContaining({
      id: 'removal-failed',
      level: 'warning',
      detail: expect.stringMatching(/c2: .* answered 500: server_error c1: .* answered 500: server_error/),
    }),
  );
});

test('a server that does not offer deletion is not a finding', async () => {
  const server = await startFakeServer(healthyRoutes);
  onTestFinished(server.close);
  const findings = await examineUrl(server.mcpUrl);
  expect(wrong(findings)).toEqual([]);
  expect(levels(findings)).toMatchObject({ removal: 'skipped' });
});

test('a server cannot make the doctor send a DELETE to another origin', async () => {
  const other = await offering(ownUri);
  const { server } = await offering((_, id) => ownUri(other.server.origin, id));
  const findings = await examineUrl(server.mcpUrl);
  expect(other.deletions).toEqual([]);
  expect(wrong(findings)).toEqual(['removal-failed']);
});

test('a server that returns one client for both registrations is asked to delete it once', async () => {
  const deleted: string[] = [];
  const server = await startFakeServer((origin) =>
    healthyRoutes(origin)
      .set('POST /register', (visit: Visit) => ({
        status: 201,
        body: {
          ...(register(visit).body as object),
          client_id: 'the-same',
          registration_client_uri: `${origin}/register/the-same`,
          registration_access_token: 'access-token',
        },
      }))
      .set('DELETE /register/the-same', ({ url }) => {
        deleted.push(url.pathname);
        return { status: deleted.length === 1 ? 204 : 401 };
      }),
  );
  onTestFinished(server.close);
  expect(wrong(await examineUrl(server.mcpUrl))).toEqual([]);
  expect(deleted).toEqual(['/register/the-same']);
});

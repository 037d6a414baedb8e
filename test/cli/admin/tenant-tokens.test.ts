import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { endAtTenant } from '../../../cli/admin/tenant-tokens.ts';
import { openManagement } from '../../../cli/management/management.ts';

type Token = { id: string; client_id: string };

/** A tenant that lists at most 1000 refresh tokens of a user, a hundred at once, as Auth0 does. */
async function tenantWith(tokens: Token[]) {
  const server = createServer((request: IncomingMessage, response) => {
    const url = new URL(request.url ?? '', 'http://localhost');
    const answer = (status: number, body?: unknown) =>
      response.writeHead(status).end(body === undefined ? undefined : JSON.stringify(body));
    const id = /^\/api\/v2\/device-credentials\/(.+)$/.exec(url.pathname)?.[1];
    if (id !== undefined) {
      tokens = tokens.filter((token) => token.id !== id);
      return answer(204);
    }
    if (url.pathname === '/api/v2/grants' || url.searchParams.get('type') !== 'refresh_token')
      return answer(200, []);
    const start = Number(url.searchParams.get('page')) * 100;
    if (start >= 1000)
      return answer(400, { statusCode: 400, errorCode: 'invalid_paging', message: 'Too far' });
    return answer(200, tokens.slice(start, start + 100));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const origin = `http://localhost:${(server.address() as AddressInfo).port}`;
  const scopes = ['read:device_credentials', 'delete:device_credentials', 'read:grants', 'delete:grants'];
  const management = openManagement(origin, 'token', () => {});
  return { tenant: { management, scopes: new Set(scopes) }, left: () => tokens };
}

it('ends a user’s refresh tokens, also if there are more than Auth0 lists', async () => {
  const of = (client_id: string, count: number) =>
    Array.from({ length: count }, (_, n) => ({ id: `dcr_${client_id}_${n}`, client_id }));
  const { tenant, left } = await tenantWith([...of('ours', 1020), ...of('other', 10), ...of('ours2', 5)]);
  const end = await endAtTenant(tenant, 'auth0|user', new Set(['ours', 'ours2']));
  expect(end).toEqual({ refreshTokens: 1025, grants: 0, undone: [] });
  expect(left().map(({ client_id }) => client_id)).toEqual(Array(10).fill('other'));
});

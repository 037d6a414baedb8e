import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startDocumentSite } from '../support/document-site.ts';
import { makeDocumentKnown } from '../support/known-document.ts';
import { certificate } from '../support/localhost-certificate.ts';
import { useStack } from '../support/stack.ts';
import { type ClientRow, clientTable } from './client-table.ts';
import { replayedClient } from './replayed-client.ts';

const folder = mkdtempSync(join(tmpdir(), 'clients-'));
const trusted = join(folder, 'localhost.pem');
writeFileSync(trusted, certificate);
afterAll(() => rmSync(folder, { recursive: true }));

const stack = useStack({
  instances: 2,
  env: { ALLOWED_LOCAL_DOCUMENTS: 'true', NODE_EXTRA_CA_CERTS: trusted },
});

beforeAll(async () => {
  for (const { identity } of clientTable)
    if (identity.by === 'document') await makeDocumentKnown(stack(), identity.url, identity.document);
});

describe('from the URL to a tool call, a refresh and the end', () => {
  it.each(clientTable.map((row) => ({ name: row.name, row })))('$name', ({ row }) => replay(row));

  it('a client that nobody has heard of, by the document at its own site', async () => {
    const site = await startDocumentSite();
    const url = `https://localhost:${site.port}/client.json`;
    const document = { client_name: 'New app', redirect_uris: ['https://new.example.com/callback'] };
    site.pages.set('/client.json', { body: { client_id: url, ...document } });
    try {
      await replay({
        name: 'new',
        identity: { by: 'document', url, document, offered: () => true },
        redirectUri: 'https://new.example.com/callback',
        discovery: 'challenge',
        era: 'modern',
        revokes: true,
        userAgent: { oauth: 'new/1', mcp: 'new/1' },
      });
      expect(new Set(site.asked)).toEqual(new Set(['/client.json']));
    } finally {
      await site.close();
    }
  });
});

/** Does everything that the row's client does, from the URL to the end of its tokens. */
async function replay(row: ClientRow): Promise<void> {
  const client = replayedClient(row, stack());
  const server = await client.discover();
  const credentials = await client.identify(server);

  const tokens = await client.connect(server, credentials);
  expect(await client.whoami(tokens.access_token)).toMatchObject({ email: 'demo@example.com' });
  // Asked for or not: every row's client uses the refresh token grant.
  expect([tokens.scope, typeof tokens.refresh_token]).toEqual([
    'mcp:read mcp:write offline_access',
    'string',
  ]);

  const refresh = (token: string | undefined, instance?: number) =>
    client.refresh(server, credentials, token, instance);
  const twice = await Promise.all([0, 1].map((instance) => refresh(tokens.refresh_token, instance)));
  expect(twice.map(({ status }) => status)).toEqual([200, 200]);
  const [renewed, other] = await Promise.all(twice.map((response) => response.json()));
  // Whichever answer the client keeps, both pairs are good, and so is the one before.
  for (const pair of [renewed, other]) {
    expect([pair.scope, pair.expires_in]).toEqual([tokens.scope, tokens.expires_in]);
    expect(await client.whoami(pair.access_token)).toMatchObject({ email: 'demo@example.com' });
    expect((await refresh(pair.refresh_token)).status).toBe(200);
  }
  expect(renewed.access_token).not.toBe(tokens.access_token);
  expect(await client.whoami(tokens.access_token)).toMatchObject({ email: 'demo@example.com' });

  if (row.revokes) {
    expect((await client.revoke(server, credentials, renewed.refresh_token)).status).toBe(200);
    const dead = await refresh(renewed.refresh_token);
    expect([dead.status, (await dead.json()).error]).toEqual([400, 'invalid_grant']);
  }
}

it('leaves one application per distinct client at the tenant, public, with our callback alone', () => {
  const ours = stack()
    .tenant.applications()
    .filter(({ client_metadata }) => client_metadata?.made_by);
  const distinct = new Set(
    clientTable.map(({ identity }) =>
      identity.by === 'document' ? identity.url : JSON.stringify(identity.body),
    ),
  );
  expect(ours).toHaveLength(distinct.size + 1);
  for (const application of ours)
    expect(application).toMatchObject({
      app_type: 'spa',
      token_endpoint_auth_method: 'none',
      callbacks: [`${stack().serverUrl}/callback`],
    });
});

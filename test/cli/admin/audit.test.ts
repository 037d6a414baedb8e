import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { parseEnvText } from '../../../cli/env-file.ts';
import { userHash } from '../../../lib/access-token/principal.ts';
import { browserUser, demoUser } from '../../support/browser-user.ts';
import { useClock } from '../../support/clock.ts';
import { oauthClient, type Tokens } from '../../support/oauth-client.ts';
import { useStack } from '../../support/stack.ts';
import { storeCommand } from '../../support/store-command.ts';
import { envFile, keysIn, runAdmin } from './fixture.ts';

const clock = useClock();
const printed: string[] = [];
const stack = useStack({
  env: { ...clock.env, LOG_LEVEL: 'debug', SEALING_SECRET: 'canary-sealing-secret-of-32-characters' },
  onPrint: (line) => printed.push(line),
});
type Entry = Record<string, string>;

/** What stands in an entry about a grant of this user to this client. */
type Parties = { user: string; client: string };

it('notes who did what, with the fields that docs/operating.md lists, and nothing secret or personal', async () => {
  const { users } = stack().tenant;
  const demo = users.find(({ email }) => email === demoUser.email);
  if (!demo) throw new Error('no such user');
  const subject = demo.user_id;
  const user = userHash({ issuer: stack().tenant.issuer, subject });
  const client = oauthClient(stack().serverUrl);
  const clientId = await client.register();
  const parties: Parties = { user, client: clientId };
  const issued: Tokens[] = [];
  const connect = async () => {
    const tokens = await client.tokens(clientId);
    issued.push(tokens);
    return tokens;
  };

  const browser = browserUser();
  const code = (await browser.signIn(client.authorizationUrl(clientId))).searchParams.get('code') ?? '';
  issued.push((await (await client.exchange(clientId, code)).json()) as Tokens);
  await browser.signIn(client.authorizationUrl(clientId, { prompt: 'consent' }), { decision: 'deny' });

  // Replays: a code, and a refresh token long after its successor was used.
  clock.advance('20 s');
  await client.exchange(clientId, code);
  const { refresh_token: replayed } = await connect();
  const successor = (await (await client.refresh(clientId, replayed)).json()) as Tokens;
  await client.refresh(clientId, successor.refresh_token);
  clock.advance('20 min');
  await client.refresh(clientId, replayed);

  // Refusals by the tenant: at a sign-in, and of a user who is blocked later.
  const { refresh_token: refused } = await connect();
  demo.blocked = true;
  await browserUser().signIn(client.authorizationUrl(clientId));
  clock.advance('2 h');
  await client.refresh(clientId, refused);
  demo.blocked = false;

  await client.post('/oauth/revoke', { client_id: clientId, token: (await connect()).access_token });
  const made = await registerAndDelete();
  await connect();
  await stack().functions.idle();

  const file = await envFile(stack().env);
  const outputs: string[] = [];
  const admin = async (...args: string[]) => {
    const { stdout, stderr } = await runAdmin([...args, '--file', file]);
    outputs.push(stdout, stderr);
    return stdout;
  };
  const { connections } = JSON.parse(await admin('connections', subject, '--json'));
  await admin('clients');
  await admin('connections', subject, '--end', connections[0].id, '--yes');
  await admin('block', clientId, '--yes');
  await admin('unblock', clientId, '--yes');
  await admin('sign-out', subject, '--yes');
  clock.advance('66 s');
  await admin('forget', subject, '--yes');
  await admin('rotate-secrets', '--yes');
  await admin('audit');
  const { entries }: { entries: Entry[] } = JSON.parse(await admin('audit', '--json', '--count', '1000'));

  const acts = entries.toReversed().map(({ at, requestId, ...entry }) => {
    expect(at).toMatch(/^2\d{3}-\d\d-\d\dT/);
    expect(requestId === undefined).toBe(entry.actor === 'operator');
    return entry;
  });
  const granted = { ...parties, grant: expect.any(String) };
  const scopes = 'mcp:read mcp:write offline_access';
  const signIn = { action: 'sign-in', actor: 'user', ...granted, scopes };
  const approval = { action: 'approval', actor: 'user', client: clientId, grant: expect.any(String), scopes };
  const byOperator = { actor: 'operator' };
  expect(acts).toEqual([
    { action: 'client-registered', actor: 'client', client: clientId },
    ...[approval, signIn],
    { action: 'denial', actor: 'user', client: clientId, grant: expect.any(String) },
    { action: 'replay', actor: 'client', ...granted, reason: 'code' },
    ...[approval, signIn],
    { action: 'replay', actor: 'client', ...granted, reason: 'refresh token' },
    ...[approval, signIn, approval],
    {
      action: 'refusal',
      actor: 'tenant',
      client: clientId,
      grant: expect.any(String),
      reason: 'access_denied',
    },
    { action: 'refusal', actor: 'tenant', ...granted, reason: 'invalid_grant' },
    ...[approval, signIn],
    { action: 'revocation', actor: 'client', ...granted },
    { action: 'client-registered', actor: 'client', client: made.client_id },
    { action: 'client-deleted', actor: 'client', client: made.client_id },
    ...[approval, signIn],
    { action: 'connection-ended', ...byOperator, ...parties, grant: connections[0].id },
    { action: 'client-blocked', ...byOperator, client: clientId },
    { action: 'client-unblocked', ...byOperator, client: clientId },
    { action: 'user-signed-out', ...byOperator, user },
    { action: 'user-forgotten', ...byOperator, user },
    { action: 'secrets-rotated', ...byOperator },
  ]);
  const documented = await readFile(new URL('../../../docs/operating.md', import.meta.url), 'utf8');
  const [, section = ''] = /^## Audit log$([\s\S]*?)^## /m.exec(documented) ?? [];
  for (const entry of entries)
    for (const word of [...Object.keys(entry), entry.action, entry.actor])
      expect(section).toContain(`\`${word}\``);

  const logged = printed.map((line) => JSON.parse(line)).filter(({ msg }) => msg === 'audit');
  expect(logged.map(({ action }) => action)).toEqual(
    acts.filter(({ actor }) => actor !== 'operator').map(({ action }) => action),
  );

  const after = parseEnvText(await readFile(file, 'utf8'));
  const secrets = [
    ...[code, client.verifier, made.client_secret, made.registration_access_token],
    ...[...issued, successor].flatMap((tokens) => [tokens.access_token, tokens.refresh_token]),
    ...[...browser.cookies.values()].flatMap((jar) => [...jar.values()].filter(Boolean)),
    ...secretNames.flatMap((name) => [stack().env[name], after[name]]),
  ].filter((secret) => secret !== undefined);
  expect(secrets.length).toBeGreaterThan(25);
  const stored = JSON.stringify(await storeCommand(stack(), ['XRANGE', await auditKeyIn(), '-', '+']));
  const auditLines = printed.filter((line) => line.includes('"msg":"audit"'));
  for (const secret of secrets)
    for (const text of [stored, ...printed, ...outputs]) expect(text).not.toContain(secret);
  for (const personal of [demo.email, demo.name, subject])
    for (const text of [stored, ...auditLines]) expect(text).not.toContain(personal);
}, 300_000);

const secretNames = ['AUTH0_CLIENT_SECRET', 'CRON_SECRET', 'UPSTASH_REDIS_REST_TOKEN', 'SEALING_SECRET'];

const auditKeyIn = async () => (await keysIn(stack())).find((key) => key.startsWith('audit:')) ?? '';

/** A client that registers with a secret, and takes its registration back (RFC 7592). */
async function registerAndDelete(): Promise<Record<string, string>> {
  const registration = await fetch(`${stack().serverUrl}/register`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ client_name: 'Short-lived', redirect_uris: ['https://short.example/callback'] }),
  });
  const made = (await registration.json()) as Record<string, string>;
  const { registration_client_uri: uri = '', registration_access_token: token } = made;
  await fetch(uri, { method: 'DELETE', headers: { authorization: `Bearer ${token}` } });
  return made;
}

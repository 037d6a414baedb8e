import { beforeAll, describe, expect, it } from 'vitest';
import type { OAuthError } from '../../../../lib/http/errors.ts';
import { ensureApplication } from '../../../../lib/oauth/client/application/create.ts';
import { authenticateClient } from '../../../../lib/oauth/client/authentication.ts';
import type { ClientAuthMethod } from '../../../../lib/oauth/client/client.ts';
import { newClientSecret } from '../../../../lib/oauth/client/client-secret.ts';
import { useInstances } from '../../../support/instances.ts';

const running = useInstances();
const ids = new Map<ClientAuthMethod, string>();

beforeAll(async () => {
  const { config } = running().instance();
  for (const authMethod of ['none', 'client_secret_post', 'client_secret_basic'] as const) {
    const registration = {
      name: authMethod,
      redirectUris: ['https://app.example.com/cb'],
      authMethod,
      usesRefreshToken: true,
    };
    const making = { claim: 'well-known' as const, callbacks: ['https://mcp.example.com/callback'] };
    ids.set(authMethod, (await ensureApplication(config, registration, making)).application);
  }
});

type Sent = { id?: string; secret?: string; authorization?: string };

/** Authenticates a token request with these body parameters and header. */
async function authenticate({ id, secret, authorization }: Sent, env: Record<string, string> = {}) {
  const parameters = new Map<string, string>();
  if (id !== undefined) parameters.set('client_id', id);
  if (secret !== undefined) parameters.set('client_secret', secret);
  const headers = new Headers(authorization === undefined ? {} : { authorization });
  const request = new Request('https://mcp.example.com/oauth/token', { method: 'POST', headers });
  return authenticateClient(request, parameters, running().instance(env)).then(
    (client) => ({ client: client.id }),
    (error: OAuthError) => ({
      error: error.code,
      status: error.status,
      challenge: error.headers['www-authenticate']?.split(' ')[0],
    }),
  );
}

const idOf = (method: ClientAuthMethod) => ids.get(method) ?? '';
const secretOf = (method: ClientAuthMethod, env: Record<string, string> = {}) =>
  newClientSecret(running().instance(env).config, idOf(method));
const basic = (id: string, secret: string) =>
  `Basic ${Buffer.from(`${encodeURIComponent(id)}:${encodeURIComponent(secret)}`).toString('base64')}`;

const refused = { error: 'invalid_client', status: 401, challenge: undefined };
const refusedBasic = { ...refused, challenge: 'Basic' };

describe('a client with a secret', () => {
  it.each(['client_secret_post', 'client_secret_basic'] as const)(
    'registered for %s is itself by its secret, in the body or in the header',
    async (method) => {
      const [id, secret] = [idOf(method), secretOf(method)];
      expect(await authenticate({ id, secret })).toEqual({ client: id });
      expect(await authenticate({ authorization: basic(id, secret) })).toEqual({ client: id });
      expect(await authenticate({ id, authorization: basic(id, secret) })).toEqual({ client: id });
    },
  );

  it.each<[string, () => Sent, object]>([
    ['without it', () => ({ id: idOf('client_secret_post') }), refused],
    ['with a wrong one', () => ({ id: idOf('client_secret_post'), secret: 'wrong' }), refused],
    [
      'with one that is right but for its end',
      () => ({ id: idOf('client_secret_post'), secret: secretOf('client_secret_post').slice(0, -1) }),
      refused,
    ],
    [
      'with another client’s',
      () => ({ id: idOf('client_secret_post'), secret: secretOf('client_secret_basic') }),
      refused,
    ],
    [
      'with a wrong one by Basic',
      () => ({ authorization: basic(idOf('client_secret_basic'), 'wrong') }),
      refusedBasic,
    ],
    [
      'with an empty one by Basic',
      () => ({ authorization: basic(idOf('client_secret_basic'), '') }),
      refusedBasic,
    ],
    [
      'under another client’s name in the body',
      () => ({
        id: idOf('none'),
        authorization: basic(idOf('client_secret_basic'), secretOf('client_secret_basic')),
      }),
      refusedBasic,
    ],
    [
      'with its secret in both places',
      () => ({
        secret: secretOf('client_secret_basic'),
        authorization: basic(idOf('client_secret_basic'), secretOf('client_secret_basic')),
      }),
      { error: 'invalid_request', status: 400, challenge: undefined },
    ],
  ])('is refused %s', async (_, sent, expected) => {
    expect(await authenticate(sent())).toEqual(expected);
  });

  it('keeps its secret through one rotation of the sealing secret, and loses it with the next', async () => {
    const [old, current, newest] = ['a', 'b', 'c'].map((letter) => letter.repeat(32)) as [
      string,
      string,
      string,
    ];
    const id = idOf('client_secret_post');
    const secret = secretOf('client_secret_post', { SEALING_SECRET: old });
    const rotated = { SEALING_SECRET: current, SEALING_SECRET_PREVIOUS: old };
    expect(await authenticate({ id, secret }, rotated)).toEqual({ client: id });
    const twice = { SEALING_SECRET: newest, SEALING_SECRET_PREVIOUS: current };
    expect(await authenticate({ id, secret }, twice)).toEqual(refused);
  });
});

describe('a public client', () => {
  it.each<[string, () => Sent]>([
    ['by its id', () => ({ id: idOf('none') })],
    ['with a superfluous secret', () => ({ id: idOf('none'), secret: 'left over' })],
    ['by Basic with an empty secret', () => ({ authorization: basic(idOf('none'), '') })],
    ['beside a header of another scheme', () => ({ id: idOf('none'), authorization: 'Bearer abc' })],
  ])('is itself %s', async (_, sent) => {
    expect(await authenticate(sent())).toEqual({ client: idOf('none') });
  });
});

describe('nobody is', () => {
  it.each<[string, Sent, object]>([
    ['without an id', {}, refused],
    ['by an unknown id', { id: 'Z'.repeat(32) }, refused],
    ['by an unknown id in the header', { authorization: basic('Z'.repeat(32), 'x') }, refusedBasic],
    ['by an empty Basic header', { authorization: 'Basic' }, refusedBasic],
    ['by Basic without a colon', { authorization: `Basic ${btoa('no-colon')}` }, refusedBasic],
    ['by Basic with bad encoding', { authorization: `Basic ${btoa('%zz:x')}` }, refusedBasic],
    ['by Basic that is no base64', { authorization: 'Basic !!!' }, refusedBasic],
    ['by the Management application’s id', { id: 'management-application' }, refused],
  ])('a client %s', async (_, sent, expected) => {
    expect(await authenticate(sent)).toEqual(expected);
  });
});

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Stack, startStack } from '../../dev/stack.ts';
import { browserUser } from '../support/browser-user.ts';
import { freePorts } from '../support/free-ports.ts';
import { call, poster, textOf } from '../support/mcp-request.ts';
import { oauthClient, pkce, redirectUri } from '../support/oauth-client.ts';

let stack: Stack;
/** The canonical origin, and another that the same deployment answers for. */
let canonical: string;
let preview: string;
let clientId: string;

beforeAll(async () => {
  const port = await freePorts();
  canonical = `http://localhost:${port}`;
  preview = `http://127.0.0.1:${port}`;
  stack = await startStack({ port, env: { ALLOWED_ORIGINS: preview } });
  clientId = await oauthClient(canonical).register();
});
afterAll(() => stack.close());

const callbacks = () =>
  stack.tenant.applications().find(({ client_id }) => client_id === clientId)?.callbacks ?? [];

describe('at another origin of the deployment', () => {
  it('a sign-in works as at the first: its own issuer, its own callback, added to the application on first use', async () => {
    expect(callbacks()).toEqual([`${canonical}/callback`]);
    const client = oauthClient(preview);
    const answer = await browserUser().signIn(client.authorizationUrl(clientId));
    expect(answer.searchParams.get('iss')).toBe(preview);
    expect(callbacks()).toContain(`${preview}/callback`);
    const response = await client.exchange(clientId, answer.searchParams.get('code') ?? '');
    expect(response.status).toBe(200);
  });

  it('its tokens are good at every origin', async () => {
    const tokens = await oauthClient(preview).tokens(clientId);
    const answer = await poster({ ...stack, serverUrl: canonical }, tokens.access_token)(call('whoami'));
    expect(textOf(answer)).toContain('demo@example.com');
  });

  it('a code given at one origin can be redeemed at the other, the verifier permitting', async () => {
    const client = oauthClient(preview);
    const code = await client.code(clientId);
    const response = await client.post('/oauth/token', {
      grant_type: 'authorization_code',
      client_id: clientId,
      code,
      redirect_uri: redirectUri,
      code_verifier: client.verifier,
      resource: `${canonical}/mcp`,
    });
    expect(response.status).toBe(200);
  });

  it("the callback refuses another origin's sign-in", async () => {
    const browser = browserUser();
    await browser.signIn(oauthClient(canonical).authorizationUrl(clientId));
    const start = await browser.visit(
      oauthClient(canonical).authorizationUrl(clientId, { code_challenge: pkce().challenge }),
    );
    const atTenant = await browser.visit(start.headers.get('location') ?? '');
    const callback = new URL(atTenant.headers.get('location') ?? '');
    expect(callback.origin).toBe(canonical);
    const moved = new URL(callback.pathname + callback.search, preview);
    const response = await browser.visit(moved);
    expect(response.status).toBe(400);
    expect(await response.text()).toContain('began at another address');
  });
});

import { beforeAll, describe, expect, it } from 'vitest';
import { browserUser, textOf } from '../support/browser-user.ts';
import { oauthClient } from '../support/oauth-client.ts';
import { useStack } from '../support/stack.ts';
import { locationOf, openConsent } from './steps.ts';

const stack = useStack();
let client: ReturnType<typeof oauthClient>;
beforeAll(() => {
  client = oauthClient(stack().serverUrl);
});

/** Redirect URIs at which any program on the user's device can listen (RFC 8252 section 8.6). */
const onTheDevice = [
  'http://localhost:8123/callback',
  'http://127.0.0.1/callback',
  'http://[::1]:8123/callback',
  'https://localhost/callback',
  'https://127.0.0.1:8443/callback',
  'https://192.168.1.7/callback',
  'cursor://anysphere.cursor-mcp/oauth/callback',
];
const hosted = 'https://client.example.com/callback';

describe.each(onTheDevice)('a client that has the code sent to %s', (redirect_uri) => {
  let clientId: string;
  beforeAll(async () => {
    // With a hosted redirect URI as well: what counts is the one that is asked for.
    clientId = await client.register({ redirect_uris: [hosted, redirect_uri] });
  });

  it('is announced as running on the device, and as the address that the code goes to', async () => {
    const { page } = await openConsent(browserUser(), client.authorizationUrl(clientId, { redirect_uri }));
    expect(textOf(page)).toMatch(/on (this|your) device|on (this|your) computer/i);
  });

  it('gets no code without a question, however often the user has approved it in this browser', async () => {
    const browser = browserUser();
    const url = client.authorizationUrl(clientId, { redirect_uri });
    for (let time = 0; time < 2; time++) {
      const answer = await browser.signIn(url);
      expect(answer.searchParams.has('code')).toBe(true);
    }
    const response = await browser.visit(url);
    expect([response.status, locationOf(response)]).toEqual([200, '']);
    const silent = await browser.visit(client.authorizationUrl(clientId, { redirect_uri, prompt: 'none' }));
    expect(locationOf(silent)).not.toContain('code=');
  });

  it('gains nothing from an approval of the same client’s hosted redirect URI', async () => {
    const browser = browserUser();
    await browser.signIn(client.authorizationUrl(clientId, { redirect_uri: hosted }));
    const remembered = await browser.visit(client.authorizationUrl(clientId, { redirect_uri: hosted }));
    expect(locationOf(remembered)).toContain(stack().tenant.origin);
    const response = await browser.visit(client.authorizationUrl(clientId, { redirect_uri }));
    expect([response.status, locationOf(response)]).toEqual([200, '']);
  });
});

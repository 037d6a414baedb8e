import fc from 'fast-check';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { SignInContext } from '../../../../lib/http/endpoint.ts';
import {
  type ConsentMemory,
  consentMemoryCookie,
  hasApproved,
  isRemembered,
  readConsentMemory,
  withApproval,
} from '../../../../lib/oauth/authorization/consent-memory.ts';
import type { GrantableScope } from '../../../../lib/scope-rules.ts';
import { seal } from '../../../../lib/sealing.ts';
import { testConfig } from '../../../support/config.ts';

const config = testConfig();
const elsewhere = testConfig({ SEALING_SECRET: 'x'.repeat(32) });
const origin = 'https://mcp.example.com';
const context: SignInContext = { config, origin, url: new URL(origin), requestId: 'r' };

/** Scopes of the example, for a type that knows those of a server of one's own. */
const scopes = (...names: string[]) => names as GrantableScope[];

const asked = {
  clientId: 'client',
  redirectUri: 'https://client.example.com/cb',
  scopes: scopes('mcp:read', 'mcp:write'),
};
const empty: ConsentMemory = { browser: 'secret', approvals: [] };
const memory = withApproval(empty, origin, asked, 'alice');

afterEach(() => {
  vi.useRealTimers();
});

describe('an approval', () => {
  it.each([
    ['the same request', {}, true],
    ['fewer scopes', { scopes: scopes('mcp:read') }, true],
    ['one scope more', { scopes: scopes('mcp:read', 'mcp:write', 'mcp:admin') }, false],
    ['a refresh token on top', { scopes: scopes('mcp:read', 'offline_access') }, false],
    ['another redirect URI of the client', { redirectUri: 'https://client.example.com/other' }, false],
    ['another client at the redirect URI', { clientId: 'other' }, false],
  ])('holds for %s: %j → %s', (_name, changes, expected) => {
    const request = { ...asked, ...changes };
    for (const user of [undefined, 'alice'])
      expect(isRemembered(memory, origin, { ...request, scopes: [...request.scopes] }, user)).toBe(expected);
  });

  it('holds for the user who gave it, not for another one at the same browser', () => {
    expect(isRemembered(memory, origin, asked, 'alice')).toBe(true);
    expect(isRemembered(memory, origin, asked, 'bob')).toBe(false);
    expect(isRemembered(memory, origin, asked)).toBe(true);
  });

  it('holds at the origin where it was given', () => {
    const preview = 'https://preview.example.com';
    expect(isRemembered(memory, preview, asked, 'alice')).toBe(false);
    expect(isRemembered(memory, preview, asked)).toBe(false);
    expect(hasApproved(memory, preview, asked)).toBe(false);
  });

  it.each([
    'http://localhost:1234/cb',
    'http://127.0.0.1/cb',
    'http://[::1]:9/cb',
    'cursor://anysphere.cursor-mcp/oauth/callback',
  ])('is never assumed for %s, which any program on the device can claim', (redirectUri) => {
    const local = { ...asked, redirectUri };
    const approved = withApproval(empty, origin, local, 'alice');
    expect(isRemembered(approved, origin, local, 'alice')).toBe(false);
    // It still shows that somebody here knows the client, so that errors may go there by themselves.
    expect(hasApproved(approved, origin, local)).toBe(true);
  });

  it('makes the client known in this browser, for any scopes but this redirect URI alone', () => {
    expect(hasApproved(memory, origin, asked)).toBe(true);
    expect(hasApproved(memory, origin, { ...asked, redirectUri: 'https://client.example.com/other' })).toBe(
      false,
    );
    expect(hasApproved(memory, origin, { ...asked, clientId: 'other' })).toBe(false);
    expect(hasApproved(undefined, origin, asked)).toBe(false);
  });

  it.each([
    ['a client whose name ends differently', { clientId: 'a', redirectUri: 'https://b/c' }, 'ab', 'https:/c'],
    ['a client whose name begins the URI', { clientId: 'a', redirectUri: 'https://b' }, 'ahttps://b', ''],
  ])('does not run together with %s', (_, approved, clientId, redirectUri) => {
    const joined = withApproval(empty, origin, { ...asked, ...approved }, 'alice');
    expect(isRemembered(joined, origin, { ...asked, clientId, redirectUri })).toBe(false);
    expect(hasApproved(joined, origin, { clientId, redirectUri })).toBe(false);
  });

  it('ends after 30 days', () => {
    vi.useFakeTimers({ now: Date.now() + 29 * 86_400_000 });
    expect(isRemembered(memory, origin, asked)).toBe(true);
    vi.useFakeTimers({ now: Date.now() + 2 * 86_400_000 });
    expect(isRemembered(memory, origin, asked)).toBe(false);
    expect(hasApproved(memory, origin, asked)).toBe(false);
  });

  it('is replaced by a later one of the same user for fewer scopes', () => {
    const fewer = withApproval(memory, origin, { ...asked, scopes: scopes('mcp:read') }, 'alice');
    expect(isRemembered(fewer, origin, asked)).toBe(false);
    expect(fewer.approvals).toHaveLength(1);
  });

  it('stays when another user approves fewer scopes', () => {
    const both = withApproval(memory, origin, { ...asked, scopes: scopes('mcp:read') }, 'bob');
    expect(isRemembered(both, origin, asked, 'alice')).toBe(true);
    expect(isRemembered(both, origin, asked, 'bob')).toBe(false);
    expect(both.approvals).toHaveLength(2);
  });

  it('is not there without a memory', () => {
    expect(isRemembered(undefined, origin, asked)).toBe(false);
  });
});

describe('the cookie', () => {
  it('stays within what browsers keep, and holds the newest approvals', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 120 }), (count) => {
        let full = empty;
        const all = scopes('mcp:read', 'mcp:write', 'mcp:admin', 'offline_access');
        for (let index = 0; index < count; index++)
          full = withApproval(full, origin, { ...asked, clientId: `client-${index}`, scopes: all }, 'a');
        const cookie = consentMemoryCookie(config, origin, full);
        expect(cookie.length).toBeLessThan(4096);
        expect(isRemembered(full, origin, { ...asked, clientId: `client-${count - 1}` })).toBe(true);
        expect(full.approvals.length).toBeGreaterThanOrEqual(Math.min(count, 20));
      }),
      { numRuns: 20 },
    );
  });

  it('comes back as it was set', () => {
    const [pair = ''] = consentMemoryCookie(config, origin, memory).split(';');
    expect(pair.startsWith('__Host-')).toBe(true);
    const request = new Request(origin, { headers: { cookie: pair } });
    expect(readConsentMemory(request, context)).toEqual(memory);
  });

  it.each([
    ['forged', () => 'eyJhbGciOiJub25lIn0.e30.'],
    ['made for something else', () => seal(config, 'state', memory, 60)],
    ['of another deployment', () => seal(elsewhere, 'consent-memory', memory, 60)],
    ['expired', () => seal(config, 'consent-memory', memory, -1)],
  ])('counts for nothing when it is %s', (_name, make) => {
    const request = new Request(origin, { headers: { cookie: `__Host-consents=${make()}` } });
    expect(readConsentMemory(request, context)).toBeUndefined();
  });
});

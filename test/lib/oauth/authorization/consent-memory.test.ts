import fc from 'fast-check';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { Context } from '../../../../lib/http/endpoint.ts';
import {
  type ConsentMemory,
  consentMemoryCookie,
  isRemembered,
  readConsentMemory,
  withApproval,
} from '../../../../lib/oauth/authorization/consent-memory.ts';
import { seal } from '../../../../lib/sealing.ts';
import { testConfig } from '../../../support/config.ts';

const config = testConfig();
const elsewhere = testConfig({ SEALING_SECRET: 'x'.repeat(32) });
const origin = 'https://mcp.example.com';
const context: Context = { config, origin, url: new URL(origin), requestId: 'r' };

const asked = {
  clientId: 'client',
  redirectUri: 'https://client.example.com/cb',
  scopes: ['mcp:read', 'mcp:write'] as ('mcp:read' | 'mcp:write' | 'mcp:admin' | 'offline_access')[],
};
const empty: ConsentMemory = { browser: 'secret', approvals: [] };
const memory = withApproval(empty, asked);

afterEach(() => {
  vi.useRealTimers();
});

describe('an approval', () => {
  it.each([
    ['the same request', {}, true],
    ['fewer scopes', { scopes: ['mcp:read'] as const }, true],
    ['one scope more', { scopes: ['mcp:read', 'mcp:write', 'mcp:admin'] as const }, false],
    ['a refresh token on top', { scopes: ['mcp:read', 'offline_access'] as const }, false],
    ['another redirect URI of the client', { redirectUri: 'https://client.example.com/other' }, false],
    ['another client at the redirect URI', { clientId: 'other' }, false],
  ])('holds for %s: %j → %s', (_name, changes, expected) => {
    const request = { ...asked, ...changes };
    expect(isRemembered(memory, { ...request, scopes: [...request.scopes] })).toBe(expected);
  });

  it('does not run together with a client whose name ends differently', () => {
    const joined = withApproval(empty, { ...asked, clientId: 'a', redirectUri: 'bc' });
    expect(isRemembered(joined, { ...asked, clientId: 'ab', redirectUri: 'c' })).toBe(false);
  });

  it('ends after 30 days', () => {
    vi.useFakeTimers({ now: Date.now() + 29 * 86_400_000 });
    expect(isRemembered(memory, asked)).toBe(true);
    vi.useFakeTimers({ now: Date.now() + 2 * 86_400_000 });
    expect(isRemembered(memory, asked)).toBe(false);
  });

  it('is replaced by a later one for fewer scopes', () => {
    const fewer = withApproval(memory, { ...asked, scopes: ['mcp:read'] });
    expect(isRemembered(fewer, asked)).toBe(false);
    expect(fewer.approvals).toHaveLength(1);
  });

  it('is not there without a memory', () => {
    expect(isRemembered(undefined, asked)).toBe(false);
  });
});

describe('the cookie', () => {
  it('stays within what browsers keep, and holds the newest approvals', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 120 }), async (count) => {
        let full = empty;
        const scopes = ['mcp:read', 'mcp:write', 'mcp:admin', 'offline_access'] as const;
        for (let index = 0; index < count; index++)
          full = withApproval(full, { ...asked, clientId: `client-${index}`, scopes: [...scopes] });
        const cookie = await consentMemoryCookie(config, origin, full);
        expect(cookie.length).toBeLessThan(4096);
        expect(isRemembered(full, { ...asked, clientId: `client-${count - 1}` })).toBe(true);
        expect(full.approvals.length).toBeGreaterThanOrEqual(Math.min(count, 20));
      }),
      { numRuns: 20 },
    );
  });

  it('comes back as it was set', async () => {
    const [pair = ''] = (await consentMemoryCookie(config, origin, memory)).split(';');
    expect(pair.startsWith('__Host-')).toBe(true);
    const request = new Request(origin, { headers: { cookie: pair } });
    expect(await readConsentMemory(request, context)).toEqual(memory);
  });

  it.each([
    ['forged', async () => 'eyJhbGciOiJub25lIn0.e30.'],
    ['made for something else', () => seal(config, 'state', memory, 60)],
    ['of another deployment', () => seal(elsewhere, 'consent-memory', memory, 60)],
    ['expired', () => seal(config, 'consent-memory', memory, -1)],
  ])('counts for nothing when it is %s', async (_name, make) => {
    const request = new Request(origin, { headers: { cookie: `__Host-consents=${await make()}` } });
    expect(await readConsentMemory(request, context)).toBeUndefined();
  });
});

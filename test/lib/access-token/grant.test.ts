import fc from 'fast-check';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import {
  type Grant,
  lifetimeSecondsOf,
  openAccessToken,
  sealAccessToken,
} from '../../../lib/access-token/grant.ts';
import { open, type Purpose, seal } from '../../../lib/sealing.ts';
import { realmOf } from '../../../lib/store/keys.ts';
import { testConfig } from '../../support/config.ts';

const [first, second] = ['a'.repeat(32), 'b'.repeat(32)] as const;
const config = testConfig({ SEALING_SECRET: first });
const invalid = { failure: 'invalid' };

const nowSeconds = () => Math.floor(Date.now() / 1000);

const typical: Grant = {
  id: '6f1c9d0e-3b0a-4a1e-9d1c-0d5f3a7a2b11',
  realm: realmOf(config),
  subject: 'google-oauth2|103547991597142817347',
  clientId: 'https://claude.ai/oauth/mcp-oauth-client-metadata',
  application: 'k7Wv3sVd0qYbXc2LrTnZpE9mHfGjAa1u',
  scopes: ['mcp:read', 'mcp:write', 'offline_access'],
  origin: 'https://mcp.example.com',
  signedInAtSeconds: nowSeconds(),
  vouchedAtSeconds: nowSeconds(),
  upstream: 'v1.MRrTQ3yLxHkBz0aN9cWfJtUgVd2eKpSi7oXqCmEbYl4hGnFwDs6uRjIvPzA8kOy',
  upstreamExpiresAtSeconds: nowSeconds() + 86_400,
};
const token = sealAccessToken(config, typical, 3600);

const name = fc.string({ unit: 'binary', minLength: 1, maxLength: 40 });
const moment = fc.integer({ min: 0, max: 4_000_000_000 });
const grants: fc.Arbitrary<Grant> = fc.record({
  id: name,
  realm: fc.constant(realmOf(config)),
  subject: name,
  clientId: name,
  application: name,
  scopes: fc.array(name, { maxLength: 5 }),
  origin: name,
  signedInAtSeconds: moment,
  vouchedAtSeconds: moment,
  upstream: name,
  upstreamExpiresAtSeconds: moment,
});

afterEach(() => {
  vi.useRealTimers();
});

/** A fresh instance: nothing is remembered of earlier tokens. */
const freshly = (env: Record<string, string> = {}) => testConfig({ SEALING_SECRET: first, ...env });

describe('an access token of ours', () => {
  it('carries the whole grant, at this instance and every other one', () => {
    vi.useFakeTimers({ toFake: ['Date'], now: 1_900_000_000_000 });
    fc.assert(
      fc.property(grants, (grant) => {
        const sealed = sealAccessToken(config, grant, 60);
        for (const instance of [config, freshly()])
          expect(openAccessToken(instance, sealed)).toEqual({
            value: { grant, expiresAtSeconds: nowSeconds() + 60 },
          });
      }),
      { numRuns: 50 },
    );
  });

  it('is a few hundred bytes, and stays far below the longest token looked at', () => {
    expect(token.length).toBeLessThan(1024);
    const largest = {
      ...typical,
      subject: 's'.repeat(255),
      clientId: `https://app.example.com/${'c'.repeat(231)}`,
      origin: `https://${'o'.repeat(240)}.com`,
      upstream: 'u'.repeat(1000),
    };
    expect(sealAccessToken(config, largest, 3600).length).toBeLessThan(4096);
  });

  it('shows nothing of it', () => {
    const shown = token.split('.').map((part) => Buffer.from(part, 'base64url').toString('latin1'));
    for (const secret of ['google', 'claude', 'mcp:', 'v1.', 'k7Wv', 'example'])
      expect(shown.join('.') + token).not.toContain(secret);
  });

  it('opens after a rotation while the previous secret is kept, and no longer', () => {
    const rotated = testConfig({ SEALING_SECRET: second, SEALING_SECRET_PREVIOUS: first });
    expect(openAccessToken(rotated, token)).toMatchObject({ value: { grant: typical } });
    expect(openAccessToken(testConfig({ SEALING_SECRET: second }), token)).toEqual(invalid);
  });

  it('expires on time, whether it was opened before or not', () => {
    vi.useFakeTimers({ toFake: ['Date'], now: 1_900_000_000_000 });
    const short = sealAccessToken(config, typical, 60);
    vi.setSystemTime(1_900_000_059_000);
    expect(openAccessToken(config, short)).toMatchObject({ value: { grant: typical } });
    vi.setSystemTime(1_900_000_060_000);
    expect(openAccessToken(config, short)).toEqual({ failure: 'expired' });
    expect(openAccessToken(freshly(), short)).toEqual({ failure: 'expired' });
  });

  it.each<[string, Record<string, string>]>([
    ['another tenant', { AUTH0_DOMAIN: 'other.eu.auth0.com' }],
    ['another API', { OAUTH_AUDIENCE: 'https://other.example.com' }],
  ])('is refused by a deployment with %s, under the same secret', (_, env) => {
    expect(openAccessToken(freshly(env), token)).toEqual(invalid);
  });

  it('is opened by each deployment for itself: one that has opened it lends it to no other', () => {
    expect(openAccessToken(config, token)).toHaveProperty('value');
    expect(openAccessToken(testConfig({ SEALING_SECRET: second }), token)).toEqual(invalid);
    expect(openAccessToken(freshly({ AUTH0_DOMAIN: 'other.eu.auth0.com' }), token)).toEqual(invalid);
  });

  const otherPurposes: Purpose[] = ['code', 'refresh-token', 'state', 'consent-form', 'upstream-token'];
  it.each(otherPurposes)('is not what was sealed as %s, and does not open as one', (purpose) => {
    const content = { grant: typical, expiresAtSeconds: nowSeconds() + 60 };
    expect(openAccessToken(config, seal(config, purpose, content, 60))).toEqual(invalid);
    expect(open(config, purpose, z.unknown(), token)).toEqual(invalid);
  });

  it.each<[string, Record<string, unknown>]>([
    ['without a grant', { grant: undefined }],
    ['without a user', { grant: { ...typical, subject: '' } }],
    ['without a client', { grant: { ...typical, clientId: '' } }],
    ['without an id', { grant: { ...typical, id: '' } }],
    ['without an origin', { grant: { ...typical, origin: undefined } }],
    ['whose scopes are a text', { grant: { ...typical, scopes: 'mcp:admin' } }],
    ['vouched for at no known time', { grant: { ...typical, vouchedAtSeconds: 'now' } }],
    ['without an expiry of its own', { expiresAtSeconds: undefined }],
  ])('%s is refused, though we sealed it', (_, changes) => {
    const content = { grant: typical, expiresAtSeconds: nowSeconds() + 60, ...changes };
    expect(openAccessToken(config, seal(config, 'access-token', content, 60))).toEqual(invalid);
  });

  it('never opens changed, cut or extended, and never throws', () => {
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.=';
    const change = fc.tuple(
      fc.nat(),
      fc.constantFrom('replace', 'cut', 'insert'),
      fc.constantFrom(...alphabet),
    );
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 3 }), (changes) => {
        let changed = token;
        for (const [position, how, character] of changes) {
          const at = position % changed.length;
          if (how === 'replace') changed = changed.slice(0, at) + character + changed.slice(at + 1);
          if (how === 'insert') changed = changed.slice(0, at) + character + changed.slice(at);
          if (how === 'cut') changed = changed.slice(0, at);
        }
        // Equal octets are the same token: the last character of a part may hold bits that no octet uses.
        const octets = (text: string) =>
          text.split('.').map((part) => Buffer.from(part, 'base64url').toString('hex'));
        fc.pre(octets(changed).join('.') !== octets(token).join('.'));
        expect(openAccessToken(config, changed)).toEqual(invalid);
      }),
      { numRuns: 400 },
    );
  });

  it('is refused, and nothing is thrown, whatever text is presented', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 100 }), (text) => {
        expect(openAccessToken(config, text)).toEqual(invalid);
      }),
    );
  });
});

describe('a token lives', () => {
  const now = 1_900_000_000;
  it.each<[string, Partial<Grant>, number]>([
    ['as long as is configured, if the client may stay connected', {}, 30 * 86_400],
    ['as long as that even if Auth0’s own token has ended', { upstreamExpiresAtSeconds: 0 }, 30 * 86_400],
    [
      'as long as Auth0’s own, if it may not',
      { upstream: undefined, upstreamExpiresAtSeconds: now + 900 },
      900,
    ],
    ['a second, if Auth0’s own has ended', { upstream: undefined, upstreamExpiresAtSeconds: now - 1 }, 1],
  ])('%s', (_, changes, expected) => {
    vi.useFakeTimers({ toFake: ['Date'], now: now * 1000 });
    expect(lifetimeSecondsOf(config, { ...typical, ...changes })).toBe(expected);
  });

  it('as many days as TOKEN_LIFETIME_DAYS says', () => {
    expect(lifetimeSecondsOf(testConfig({ TOKEN_LIFETIME_DAYS: '7' }), typical)).toBe(7 * 86_400);
  });
});

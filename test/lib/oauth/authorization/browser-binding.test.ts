import { describe, expect, it } from 'vitest';
import {
  fingerprint,
  heldSecret,
  isSameBrowser,
  newSecret,
} from '../../../../lib/oauth/authorization/browser-binding.ts';

const origin = 'https://mcp.example.com';
const withCookie = (cookie: string) => new Request(origin, { headers: { cookie } });

describe("a browser's secret", () => {
  const secret = newSecret();

  it('is known again by its fingerprint alone', () => {
    expect(isSameBrowser(secret, fingerprint(secret))).toBe(true);
    expect(isSameBrowser(newSecret(), fingerprint(secret))).toBe(false);
    expect(isSameBrowser(undefined, fingerprint(secret))).toBe(false);
    expect(isSameBrowser(secret, '')).toBe(false);
    expect(fingerprint(secret)).not.toContain(secret);
  });

  it.each([
    ['the cookie of ours', `__Host-sign-in=${secret}`, secret],
    ['a cookie without the prefix, as a subdomain could set', `sign-in=${secret}`, undefined],
    ['a short value', '__Host-sign-in=abc', undefined],
    ['an empty value', '__Host-sign-in=', undefined],
    ['another cookie', `__Host-other=${secret}`, undefined],
  ])('is read from %s', (_name, cookie, expected) => {
    expect(heldSecret(withCookie(cookie), origin, 'sign-in')).toBe(expected);
  });
});

import { describe, expect, it } from 'vitest';
import { allScopes, offlineAccess, satisfies } from '../../lib/scope-rules.ts';
import { baselineScopes, scopeDescriptions } from '../../lib/scopes.ts';
import { features } from '../../lib/tools/index.ts';

/** What the server itself asks the tenant for, or a client may ask for to stay connected. */
const reserved = ['openid', 'profile', 'email', offlineAccess];

describe.each(allScopes)('the scope %s', (scope) => {
  it('is one word that fits a quoted header parameter (RFC 6749 section 3.3)', () => {
    expect(scope).toMatch(/^[\x21\x23-\x5B\x5D-\x7E]+$/);
  });

  it('is none of those that mean something else', () => {
    expect(reserved).not.toContain(scope);
  });

  it('is described for the consent page', () => {
    expect(scopeDescriptions[scope].trim()).not.toBe('');
  });
});

it('the baseline opens at least one feature', () => {
  const needs = features.map((feature) => ('scopes' in feature ? feature.scopes : []));
  expect(needs.filter((needed) => satisfies(baselineScopes, needed))).not.toEqual([]);
});

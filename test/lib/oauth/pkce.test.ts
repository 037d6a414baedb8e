import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { OAuthError } from '../../../lib/http/errors.ts';
import { requireChallenge, requireVerifier } from '../../../lib/oauth/pkce.ts';

/** RFC 7636 appendix B. */
const example = {
  verifier: 'dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk',
  challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
};

const challengeOf = (verifier: string) => createHash('sha256').update(verifier).digest('base64url');

function refusal(work: () => unknown): string | undefined {
  try {
    work();
    return undefined;
  } catch (error) {
    if (error instanceof OAuthError) return error.code;
    throw error;
  }
}

describe('a code challenge', () => {
  const read = (parameters: Record<string, string>) => requireChallenge(new Map(Object.entries(parameters)));

  it('is read from a request that names S256', () => {
    const parameters = { code_challenge: example.challenge, code_challenge_method: 'S256' };
    expect(read(parameters)).toBe(example.challenge);
  });

  it.each<[string, Record<string, string>]>([
    ['none', {}],
    ['no method, which would mean plain', { code_challenge: example.challenge }],
    ['plain', { code_challenge: example.challenge, code_challenge_method: 'plain' }],
    ['the method in other case', { code_challenge: example.challenge, code_challenge_method: 's256' }],
    ['a method alone', { code_challenge_method: 'S256' }],
    ['a short one', { code_challenge: example.challenge.slice(1), code_challenge_method: 'S256' }],
    ['a long one', { code_challenge: `${example.challenge}A`, code_challenge_method: 'S256' }],
    ['base64 instead of base64url', { code_challenge: `${'a'.repeat(41)}+/`, code_challenge_method: 'S256' }],
    ['a line feed at its end', { code_challenge: `${example.challenge}\n`, code_challenge_method: 'S256' }],
    [
      'a hash in hex',
      { code_challenge: createHash('sha256').update('x').digest('hex'), code_challenge_method: 'S256' },
    ],
  ])('is refused: %s', (_, parameters) => {
    expect(refusal(() => read(parameters))).toBe('invalid_request');
  });
});

describe('a verifier', () => {
  it('fits the challenge of RFC 7636 appendix B', () => {
    expect(refusal(() => requireVerifier(example.challenge, example.verifier))).toBeUndefined();
  });

  const unreserved = fc.stringMatching(/^[\w.~-]{43,128}$/);

  it('fits its own challenge, at any length that RFC 7636 allows, and no other', () => {
    fc.assert(
      fc.property(unreserved, unreserved, (verifier, other) => {
        expect(refusal(() => requireVerifier(challengeOf(verifier), verifier))).toBeUndefined();
        fc.pre(verifier !== other);
        expect(refusal(() => requireVerifier(challengeOf(verifier), other))).toBe('invalid_grant');
      }),
    );
  });

  it.each([
    ['empty', ''],
    ['a character short', 'a'.repeat(42)],
    ['a character long', 'a'.repeat(129)],
    ['with a space', `${'a'.repeat(42)} `],
    ['with a character outside ASCII', `${'a'.repeat(42)}é`],
    ['with a line feed at its end', `${'a'.repeat(43)}\n`],
  ])('that is %s is refused, though its hash is the challenge', (_, verifier) => {
    expect(refusal(() => requireVerifier(challengeOf(verifier), verifier))).toBe('invalid_grant');
  });

  it('that is the challenge itself, as plain would have it, is refused', () => {
    expect(refusal(() => requireVerifier(example.challenge, example.challenge))).toBe('invalid_grant');
  });
});

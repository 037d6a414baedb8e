import { describe, expect, it } from 'vitest';
import { scrub } from '../../lib/log.ts';

describe('text that others composed', () => {
  it.each([
    ['Bearer eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhIn0.c2lnbmF0dXJl', 'a bearer header'],
    ['{"client_secret":"hunter2-hunter2"}', 'a secret in JSON'],
    ['refresh_token=v1.abcdefghijklmnop&x=1', 'a token in a form'],
    ['code: aBcDeFgHiJkLmNoP', 'a code'],
    [
      'failed at eyJhbGciOiJkaXIiLCJlbmMiOiJBMjU2R0NNIn0..aaaaaaaaaaaaaaaa.bbbbbbbb.cccccccc',
      'a sealed value',
    ],
  ])('loses what looks like a credential: %s', (text) => {
    const scrubbed = scrub(text);
    for (const secret of ['eyJhbGci', 'hunter2', 'v1.abc', 'aBcDeFg', 'bbbbbbbb'])
      expect(scrubbed).not.toContain(secret);
  });

  it('keeps ordinary words', () => {
    expect(scrub('ECONNREFUSED 127.0.0.1:3002')).toBe('ECONNREFUSED 127.0.0.1:3002');
  });
});

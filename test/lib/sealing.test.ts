import fc from 'fast-check';
import { EncryptJWT, jwtDecrypt } from 'jose';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { isSameText, keysFor, macs, open, type Purpose, seal } from '../../lib/sealing.ts';
import { testConfig } from '../support/config.ts';

const [first, second] = ['a'.repeat(32), 'b'.repeat(32)] as const;
const config = testConfig({ SEALING_SECRET: first });
const elsewhere = testConfig({ SEALING_SECRET: second });
const rotated = testConfig({ SEALING_SECRET: second, SEALING_SECRET_PREVIOUS: first });
const invalid = { failure: 'invalid' };
const purposes = [
  'access-token',
  'client-id',
  'client-secret',
  'code',
  'consent-form',
  'consent-memory',
  'management-token',
  'principal',
  'record',
  'refresh-token',
  'registration-token',
  'request-state',
  'state',
  'upstream-token',
] as const satisfies Purpose[];

/** What `JSON` keeps as it is. */
// zod drops the key `__proto__`, so that nothing that is opened gets another prototype.
const json = fc
  .jsonValue()
  .map((value) => JSON.parse(JSON.stringify(value)))
  .filter((value) => !JSON.stringify(value).includes('"__proto__"'));

describe('a sealed value', () => {
  it('opens for the purpose it was sealed for', () => {
    const sealed = seal(config, 'state', { client: 'x' }, 60);
    expect(open(config, 'state', z.object({ client: z.string() }), sealed)).toEqual({
      value: { client: 'x' },
    });
  });

  it('is a compact JWE that fits a URL, a cookie and a header as it is', () => {
    fc.assert(
      fc.property(json, (value) => {
        expect(seal(config, 'state', value, 60)).toMatch(/^[\w-]+\.\.[\w-]+\.[\w-]+\.[\w-]+$/);
      }),
    );
  });

  it('comes back as it was, whatever it is', () => {
    fc.assert(
      fc.property(json, fc.constantFrom(...purposes), (value, purpose) => {
        expect(open(config, purpose, z.json(), seal(config, purpose, value, 60))).toEqual({ value });
      }),
    );
  });

  it('gives nothing another prototype', () => {
    const sealed = seal(config, 'state', JSON.parse('{"__proto__":{"admin":true},"a":1}'), 60);
    const opened = open(config, 'state', z.json(), sealed);
    expect(opened).toEqual({ value: { a: 1 } });
    expect('value' in opened && Object.getPrototypeOf(opened.value)).toBe(Object.prototype);
  });

  it('never looks the same twice', () => {
    expect(seal(config, 'state', 1, 60)).not.toBe(seal(config, 'state', 1, 60));
  });

  it('shows nothing of what it holds', () => {
    const sealed = seal(config, 'code', { code: 'upstream-code' }, 60);
    const shown = sealed.split('.').map((part) => Buffer.from(part, 'base64url').toString('latin1'));
    expect(shown.join('.')).not.toContain('upstream');
  });

  it('is invalid if its shape is not the expected one', () => {
    const sealed = seal(config, 'state', { client: 7 }, 60);
    expect(open(config, 'state', z.object({ client: z.string() }), sealed)).toEqual(invalid);
  });

  it('opens for no other purpose', () => {
    for (const made of purposes) {
      const sealed = seal(config, made, 1, 60);
      for (const purpose of purposes)
        expect(open(config, purpose, z.number(), sealed)).toEqual(purpose === made ? { value: 1 } : invalid);
    }
  });

  it('opens under no other secret, the default one of the Auth0 application included', () => {
    const sealed = seal(config, 'state', 1, 60);
    for (const other of [elsewhere, testConfig()])
      expect(open(other, 'state', z.number(), sealed)).toEqual(invalid);
  });

  it.each([
    [-1, { failure: 'expired' }],
    [0, { failure: 'expired' }],
    [2, { value: 1 }],
  ])('sealed for %d seconds gives %j', (lifetimeSeconds, expected) => {
    expect(open(config, 'state', z.number(), seal(config, 'state', 1, lifetimeSeconds))).toEqual(expected);
  });

  it('opens after a rotation while the previous secret is kept, and no longer', () => {
    const sealed = seal(config, 'state', 1, 60);
    expect(open(rotated, 'state', z.number(), sealed)).toEqual({ value: 1 });
    expect(open(elsewhere, 'state', z.number(), sealed)).toEqual(invalid);
  });

  it('is sealed with the current secret during a rotation', () => {
    const sealed = seal(rotated, 'state', 1, 60);
    expect(open(elsewhere, 'state', z.number(), sealed)).toEqual({ value: 1 });
    expect(open(config, 'state', z.number(), sealed)).toEqual(invalid);
  });
});

describe('what is not sealed by us', () => {
  it.each([
    '',
    'x',
    '....',
    'a.b.c.d.e',
    'a..b.c.d',
    'eyJhbGciOiJub25lIn0..',
    'eyJhbGciOiJkaXIiLCJlbmMiOiJBMjU2R0NNIn0....',
    'eyJhbGciOiJkaXIiLCJlbmMiOiJBMjU2R0NNIn0..AAAAAAAAAAAAAAAA.AAAA.AAAA',
    'eyJhbGciOiJkaXIiLCJlbmMiOiJBMjU2R0NNIn0..AAAAAAAAAAAAAAAA.AAAA.AAAAAAAAAAAAAAAAAAAAAA',
    '\u0000',
    '__proto__',
  ])('does not open: %j', (forged) => {
    expect(open(config, 'state', z.unknown(), forged)).toEqual(invalid);
  });

  it('never opens and never throws, whatever text it is', () => {
    const part = fc.stringMatching(/^[\w-]{0,40}$/);
    const texts = fc.oneof(
      fc.string({ maxLength: 200 }),
      fc.string({ unit: 'binary', maxLength: 200 }),
      fc.array(part, { minLength: 5, maxLength: 5 }).map((parts) => parts.join('.')),
    );
    fc.assert(
      fc.property(texts, (text) => {
        expect(open(rotated, 'state', z.unknown(), text)).toEqual(invalid);
      }),
      { numRuns: 300 },
    );
  });

  it('never opens with one character changed, anywhere', () => {
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.=~ \n\u00e9';
    fc.assert(
      fc.property(json, fc.nat(), fc.constantFrom(...alphabet), (value, position, character) => {
        const sealed = seal(config, 'state', value, 60);
        const at = position % sealed.length;
        fc.pre(sealed[at] !== character);
        const changed = sealed.slice(0, at) + character + sealed.slice(at + 1);
        // The last character of a base64url text holds bits that no octet uses: equal octets, equal text.
        if (sameOctets(changed, sealed)) return;
        expect(open(config, 'state', z.unknown(), changed)).toEqual(invalid);
      }),
      { numRuns: 1000 },
    );
  });

  it('never opens cut short or added to, at either end', () => {
    const sealed = seal(config, 'state', { client: 'x' }, 60);
    for (let length = 0; length < sealed.length; length++)
      for (const cut of [sealed.slice(0, length), sealed.slice(sealed.length - length)])
        expect(open(config, 'state', z.unknown(), cut)).toEqual(invalid);
    for (const added of [
      `${sealed}A`,
      `A${sealed}`,
      `${sealed}\n`,
      `${sealed}=`,
      ` ${sealed}`,
      sealed + sealed,
    ])
      expect(open(config, 'state', z.unknown(), added)).toEqual(invalid);
  });

  it('never opens with parts of two sealed values put together', () => {
    const [one, other] = [seal(config, 'state', 'one', 60), seal(config, 'state', 'two', 60)];
    for (const index of [2, 3, 4]) {
      const parts = one.split('.');
      parts[index] = other.split('.')[index] ?? '';
      expect(open(config, 'state', z.unknown(), parts.join('.'))).toEqual(invalid);
    }
  });
});

/** Whether two compact JWEs differ in unused bits of a last character alone. */
function sameOctets(one: string, other: string): boolean {
  const decoded = (text: string) =>
    text.split('.').map((part) => Buffer.from(part, 'base64url').toString('hex'));
  const alphabet = /^[\w.-]*$/;
  return alphabet.test(one) && decoded(one).join('.') === decoded(other).join('.');
}

describe('the wire format is a JWE that any library reads', () => {
  const key = new Uint8Array(keysFor(config, 'state')[0].export());

  const byJose = (header: Record<string, string>, claims: Record<string, unknown>, sealingKey = key) =>
    new EncryptJWT(claims).setProtectedHeader(header as { alg: string; enc: string }).encrypt(sealingKey);
  const soon = () => Math.floor(Date.now() / 1000) + 60;
  const usual = { alg: 'dir', enc: 'A256GCM' };

  it('what we seal, jose opens with the same key', async () => {
    await fc.assert(
      fc.asyncProperty(json, async (value) => {
        const { payload, protectedHeader } = await jwtDecrypt(seal(config, 'state', value, 60), key, {
          keyManagementAlgorithms: ['dir'],
          contentEncryptionAlgorithms: ['A256GCM'],
        });
        expect(protectedHeader).toEqual(usual);
        expect(payload.v).toEqual(value);
        expect(payload.exp).toBeGreaterThan(Date.now() / 1000);
      }),
    );
  });

  it('what jose seals with the same key, we open, as earlier versions sealed', async () => {
    await fc.assert(
      fc.asyncProperty(json, async (value) => {
        const sealed = await byJose(usual, { v: value, exp: soon() });
        expect(open(config, 'state', z.json(), sealed)).toEqual({ value });
      }),
    );
  });

  it('an expired one is expired', async () => {
    const sealed = await byJose(usual, { v: 1, exp: Math.floor(Date.now() / 1000) - 1 });
    expect(open(config, 'state', z.number(), sealed)).toEqual({ failure: 'expired' });
  });

  it.each<[string, Record<string, unknown>]>([
    ['has no expiry', { v: 1 }],
    ['has an expiry that is text', { v: 1, exp: '9999999999' }],
    ['has no expiry but null', { v: 1, exp: null }],
    ['holds nothing', { exp: 9_999_999_999 }],
  ])('does not open, rather than being good for ever, if it %s', async (_, claims) => {
    const sealed = await byJose(usual, claims).catch(() => '');
    expect(open(config, 'state', z.number(), sealed)).toEqual(invalid);
  });

  it('neither another algorithm nor a header with something more opens, under the same key', async () => {
    const claims = { v: 1, exp: soon() };
    const wrapped = await byJose({ alg: 'A256GCMKW', enc: 'A256GCM' }, claims);
    const typed = await byJose({ ...usual, typ: 'JWT' }, claims);
    const halfKey = await byJose({ alg: 'dir', enc: 'A128GCM' }, claims, key.slice(0, 16));
    for (const sealed of [wrapped, typed, halfKey])
      expect(open(config, 'state', z.number(), sealed)).toEqual(invalid);
  });
});

describe('a keyed code', () => {
  it('is there for each accepted secret, the current one first', () => {
    expect(macs(rotated, 'principal', 'x')[1]).toBe(macs(config, 'principal', 'x')[0]);
    expect(macs(rotated, 'principal', 'x')[0]).not.toBe(macs(config, 'principal', 'x')[0]);
    expect(macs(rotated, 'principal', 'x')).toHaveLength(2);
  });

  it('differs by purpose', () => {
    expect(new Set(purposes.map((purpose) => macs(config, purpose, 'x')[0])).size).toBe(purposes.length);
  });
});

describe('two texts', () => {
  it('are the same if they are equal, whatever they hold', () => {
    const text = fc.string({ unit: 'binary', maxLength: 20 });
    fc.assert(
      fc.property(text, text, (a, b) => {
        expect(isSameText(a, b)).toBe(Buffer.from(a).equals(Buffer.from(b)));
        expect(isSameText(a, a)).toBe(true);
      }),
    );
  });
});

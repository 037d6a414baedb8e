import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { macs } from '../../../lib/sealing.ts';
import { readRecord, signedRecord } from '../../../lib/store/record.ts';
import { testConfig } from '../../support/config.ts';

const [first, second] = ['a'.repeat(32), 'b'.repeat(32)] as const;
const config = testConfig({ SEALING_SECRET: first });
const elsewhere = testConfig({ SEALING_SECRET: second });
const rotated = testConfig({ SEALING_SECRET: second, SEALING_SECRET_PREVIOUS: first });

const key = 'client:realm:id';
const schema = z.object({ redirectUris: z.array(z.string()) });
const value = { redirectUris: ['https://app.example.com/cb'] };
const record = signedRecord(config, key, value);

const json = fc.jsonValue().map((each) => JSON.parse(JSON.stringify(each)));
const name = fc.string({ unit: 'binary', maxLength: 30 });

describe('a record', () => {
  it('comes back as it was kept, under its own key', () => {
    expect(readRecord(config, key, schema, record)).toEqual(value);
    fc.assert(
      fc.property(name, json, (under, kept) => {
        fc.pre(kept !== undefined);
        expect(readRecord(config, under, z.unknown(), signedRecord(config, under, kept))).toEqual(kept);
      }),
    );
  });

  it('is not there if nothing was kept', () => {
    for (const nothing of [undefined, null, ''])
      expect(readRecord(config, key, schema, nothing)).toBeUndefined();
  });

  it('counts for nothing if its shape is not the expected one', () => {
    const other = signedRecord(config, key, { redirectUris: 'https://app.example.com/cb' });
    expect(readRecord(config, key, schema, other)).toBeUndefined();
  });

  it('stays authentic after a rotation while the previous secret is kept, and no longer', () => {
    expect(readRecord(rotated, key, schema, record)).toEqual(value);
    expect(readRecord(elsewhere, key, schema, record)).toBeUndefined();
    expect(readRecord(elsewhere, key, schema, signedRecord(rotated, key, value))).toEqual(value);
  });
});

describe('whoever can write to the store', () => {
  it('cannot copy a record to another key', () => {
    fc.assert(
      fc.property(name, name, json, (one, other, kept) => {
        fc.pre(one !== other);
        expect(readRecord(config, other, z.unknown(), signedRecord(config, one, kept))).toBeUndefined();
      }),
    );
  });

  it('cannot move the line between key and value', () => {
    const kept = signedRecord(config, 'a', 'b');
    const code = kept.slice(0, kept.indexOf('.'));
    // `a\n"b"` is what was signed: neither a longer key nor a longer value may read the same.
    expect(readRecord(config, 'a\n"b"', z.unknown(), `${code}.`)).toBeUndefined();
    expect(readRecord(config, '', z.unknown(), `${code}.a\n"b"`)).toBeUndefined();
  });

  it('cannot change, cut or extend one anywhere', () => {
    fc.assert(
      fc.property(
        fc.nat(),
        fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }),
        (position, character) => {
          const at = position % record.length;
          const separator = record.indexOf('.');
          // What stands between code and value is not read.
          fc.pre(record[at] !== character && at !== separator);
          const changed = record.slice(0, at) + character + record.slice(at + 1);
          expect(readRecord(config, key, z.unknown(), changed)).toBeUndefined();
        },
      ),
      { numRuns: 500 },
    );
    for (let length = 0; length < record.length; length++)
      expect(readRecord(config, key, z.unknown(), record.slice(0, length))).toBeUndefined();
    expect(readRecord(config, key, z.unknown(), `${record} `)).toBeUndefined();
  });

  it('cannot make one', () => {
    const text = JSON.stringify(value);
    const purposes = ['principal', 'client-secret'] as const;
    const codes = [
      '',
      'A'.repeat(22),
      ...purposes.map((purpose) => macs(config, purpose, `${key}\n${text}`)[0].slice(0, 22)),
      macs(elsewhere, 'record', `${key}\n${text}`)[0].slice(0, 22),
    ];
    for (const forged of [text, ...codes.map((code) => `${code}.${text}`), `${text}.${text}`])
      expect(readRecord(config, key, schema, forged)).toBeUndefined();
  });

  it('cannot make reading throw, whatever is written there', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 100 }), (text) => {
        expect(readRecord(config, key, z.unknown(), text)).toBeUndefined();
      }),
    );
  });
});

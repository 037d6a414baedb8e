import { describe, expect, test } from 'vitest';
import { type ConditionInput, type Conditions, meetsConditions } from '../../../dev/vercel/conditions.ts';

const request: ConditionInput = {
  url: new URL('http://localhost:3000/?page=2'),
  headers: { accept: 'text/html,*/*;q=0.8', cookie: 'a=1; theme=dark' },
};

describe('has and missing in vercel.json', () => {
  test.each<[string, Conditions, boolean]>([
    ['none', {}, true],
    ['a header that is there', { has: [{ type: 'header', key: 'Accept' }] }, true],
    ['a header that is not', { has: [{ type: 'header', key: 'authorization' }] }, false],
    ['a value that matches', { has: [{ type: 'header', key: 'accept', value: '.*text/html.*' }] }, true],
    ['only part of a value', { has: [{ type: 'header', key: 'accept', value: 'text/html' }] }, false],
    ['a missing header that is there', { missing: [{ type: 'header', key: 'accept' }] }, false],
    ['a missing header that is not', { missing: [{ type: 'header', key: 'authorization' }] }, true],
    [
      'one of two',
      {
        has: [
          { type: 'header', key: 'accept' },
          { type: 'header', key: 'range' },
        ],
      },
      false,
    ],
    ['a host', { has: [{ type: 'host', value: 'localhost' }] }, true],
    ['a query parameter', { has: [{ type: 'query', key: 'page', value: '\\d' }] }, true],
    ['a cookie', { has: [{ type: 'cookie', key: 'theme', value: 'dark' }] }, true],
    ['another cookie', { has: [{ type: 'cookie', key: 'theme', value: 'light' }] }, false],
  ])('%s → %j is %s', (_, conditions, met) => {
    expect(meetsConditions(conditions, request)).toBe(met);
  });
});

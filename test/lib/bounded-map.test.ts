import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BoundedMap } from '../../lib/bounded-map.ts';

describe('a bounded map', () => {
  it('lets the entry go that was set longest ago', () => {
    const map = new BoundedMap<string, number>(2);
    map.set('a', 1).set('b', 2).set('c', 3);
    expect([...map]).toEqual([
      ['b', 2],
      ['c', 3],
    ]);
  });

  it('counts an entry that is set again as new, and lets nothing go for it', () => {
    const map = new BoundedMap<string, number>(2);
    map.set('a', 1).set('b', 2).set('a', 3);
    expect([...map]).toEqual([
      ['b', 2],
      ['a', 3],
    ]);
    map.set('c', 4);
    expect([...map.keys()]).toEqual(['a', 'c']);
  });

  it('makes no difference between reading an entry and leaving it alone', () => {
    const map = new BoundedMap<string, number>(2);
    map.set('a', 1).set('b', 2);
    map.get('a');
    map.set('c', 3);
    expect(map.has('a')).toBe(false);
  });

  it('never holds more than it may, and always the latest', () => {
    const keys = fc.array(fc.integer({ min: 0, max: 30 }), { maxLength: 100 });
    fc.assert(
      fc.property(keys, fc.integer({ min: 1, max: 10 }), (set, most) => {
        const map = new BoundedMap<number, number>(most);
        for (const [index, key] of set.entries()) map.set(key, index);
        const latest = [...new Set(set.toReversed())].slice(0, most);
        expect([...map.keys()].toReversed()).toEqual(latest);
      }),
    );
  });
});

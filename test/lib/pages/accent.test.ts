import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { accentStyle, contrast } from '../../../lib/pages/accent.ts';
import { style } from '../../../lib/pages/style.ts';

/** The value of a variable in the light and in the dark scheme. */
const values = (css: string, variable: string) =>
  [...css.matchAll(new RegExp(`${variable}: (#[\\da-f]+)`, 'g'))].map(([, value = '']) =>
    value.length === 4 ? `#${[...value.slice(1)].map((digit) => digit + digit).join('')}` : value,
  );
const grounds = ['--ground', '--surface', '--raised'].map((variable) => values(style, variable));
const onAccent = values(style, '--on-accent');

describe('contrast, as WCAG counts it', () => {
  it.each([
    ['#000000', '#ffffff', 21],
    ['#ffffff', '#ffffff', 1],
    ['#777777', '#ffffff', 4.48],
    ['#0000ff', '#ffffff', 8.59],
  ])('%s on %s is %d', (one, other, expected) => {
    expect(contrast(one, other)).toBeCloseTo(expected, 2);
    expect(contrast(other, one)).toBeCloseTo(expected, 2);
  });
});

describe('an accent color', () => {
  it('can be read as text on every background, and its button can be read, in both schemes', () => {
    const color = fc
      .integer({ min: 0, max: 0xffffff })
      .map((value) => `#${value.toString(16).padStart(6, '0')}`);
    fc.assert(
      fc.property(color, (accent) => {
        const css = accentStyle(accent);
        for (const variable of ['--accent', '--accent-over'])
          for (const [scheme, shown = ''] of values(css, variable).entries())
            for (const beside of [...grounds, onAccent])
              expect(contrast(shown, beside[scheme] ?? '')).toBeGreaterThanOrEqual(4.5);
      }),
      { examples: [['#000000'], ['#ffffff'], ['#ffd400'], ['#00ff00'], ['#0000ff'], ['#767676']] },
    );
  });

  it.each([
    ['dark enough for white: in the light scheme as it is', '#2250c9', 0],
    ['light enough for black: in the dark scheme as it is', '#ffd400', 1],
  ])('%s', (_, accent, scheme) => {
    expect(values(accentStyle(accent), '--accent')[scheme]).toBe(accent);
  });
});

import fc from 'fast-check';

/** Few keys and members, so that commands use each other's values, of the right and the wrong type. */
export const key = fc.constantFrom('a', 'b', 'c', 'd');
export const member = fc.constantFrom('m', 'n', 'ü', '\u{1F600}', '\uFFFD', '', '1', 'M');
/** One of some words. */
export const word = (...words: string[]) => fc.constantFrom(...words);
export const digits = fc.oneof(
  fc.integer({ min: -4, max: 6 }).map(String),
  word(...'9223372036854775807|-9223372036854775808|9223372036854775808|01|-0|+1| 1|1.5|x|'.split('|')),
);
export const score = fc.oneof(
  fc.integer({ min: -3, max: 3 }).map(String),
  word(...'0.1|-2.5|1e3|1e20|3.0e-7|1e-5|12345678901234567|inf|-inf|+Infinity|nan|1x'.split('|')),
);
export const scoreBound = fc.oneof(
  score,
  score.map((value) => `(${value}`),
);
export const future = fc.integer({ min: 1000, max: 9999 }).map(String);
export const streamId = fc.oneof(
  fc.tuple(fc.nat(4), fc.nat(3)).map(([ms, sequence]) => `${ms}-${sequence}`),
  word(...'1|2|3-*|4-*|x|1-|18446744073709551615-18446744073709551615|18446744073709551616'.split('|')),
);
export const streamBound = fc.oneof(streamId, word('-', '+', '(1-0', '(2', '(18446744073709551615'));

export type Words = fc.Arbitrary<string[]>;
const none: Words = fc.constant([]);
/** The parts in order. */
export const any = (...parts: (string | fc.Arbitrary<string> | Words)[]): Words =>
  fc
    .tuple(
      ...parts.map(
        (part): Words =>
          typeof part === 'string'
            ? fc.constant([part])
            : (part as fc.Arbitrary<string | string[]>).map((value) => [value].flat()),
      ),
    )
    .map((words) => words.flat());
export const some = (part: fc.Arbitrary<string>, min = 1, max = 4): Words =>
  fc.array(part, { minLength: min, maxLength: max });
export const maybe = (part: string | fc.Arbitrary<string> | Words): Words => fc.oneof(none, any(part));
/** Some of the parts, in any order. */
export const options = (...parts: (string | Words)[]): Words =>
  fc
    .subarray(parts)
    .chain((chosen) => fc.shuffledSubarray(chosen, { minLength: Math.max(0, chosen.length - 1) }))
    .chain((chosen) => any(...chosen));

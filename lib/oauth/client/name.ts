/** Longest name shown, in characters. */
const maxLength = 60;

/** Scripts that are written together, so that mixing them is no trick (UTS 39, "highly restrictive"). */
const eastAsian =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Script=Bopomofo}]/u;

/** Scripts with letters that look like Latin ones. */
const lookAlikes = [
  /\p{Script=Cyrillic}/u,
  /\p{Script=Greek}/u,
  /\p{Script=Armenian}/u,
  /\p{Script=Cherokee}/u,
  /\p{Script=Coptic}/u,
  /\p{Script=Lisu}/u,
];

/**
 * A client's own name, fit to be shown: compatibility forms folded (NFKC), no control, invisible or
 * direction-changing characters, no angle brackets (Auth0 refuses them), bounded. Undefined when nothing is left or
 * when it mixes scripts that look alike, as a Latin name with a Cyrillic letter in it does.
 */
export function cleanClientName(name: string): string | undefined {
  const cleaned = name
    .slice(0, 1000)
    .normalize('NFKC')
    .replace(/\s+/gu, ' ')
    // Control, format (zero-width, bidi), enclosing marks, and what shows nothing, the empty Braille pattern included.
    .replace(/[\p{C}\p{Me}\p{Default_Ignorable_Code_Point}\u2800<>]/gu, '')
    .replace(/(\p{M}{2})\p{M}+/gu, '$1')
    .replace(/ +/g, ' ')
    .trim();
  const shown = [...cleaned].slice(0, maxLength).join('').trim();
  return /[\p{L}\p{N}]/u.test(shown) && !mixesScripts(shown) ? shown : undefined;
}

function mixesScripts(name: string): boolean {
  const present = lookAlikes.filter((script) => script.test(name)).length;
  const others = /\p{Script=Latin}/u.test(name) || eastAsian.test(name) ? 1 : 0;
  return present > 0 && present + others > 1;
}

type Token = 'any run' | ((char: string) => boolean);

/**
 * Compiles a Redis glob pattern (`*`, `?`, `[a-c]`, `[^a]`, backslash). Backtracks to the last star only, so matching
 * takes at most the pattern's length times the text's.
 */
export function glob(pattern: string): (text: string) => boolean {
  const tokens = tokenize(pattern);
  return (text) => {
    let [at, token] = [0, 0];
    let retry: { at: number; token: number } | undefined;
    while (at < text.length) {
      const current = tokens[token];
      if (current === 'any run') {
        retry = { at, token: ++token };
      } else if (current?.(text.charAt(at))) {
        at++;
        token++;
      } else if (retry) {
        at = ++retry.at;
        token = retry.token;
      } else return false;
    }
    return tokens.slice(token).every((rest) => rest === 'any run');
  };
}

function tokenize(pattern: string): Token[] {
  const tokens: Token[] = [];
  for (let i = 0; i < pattern.length; i++) {
    let char = pattern.charAt(i);
    if (char === '*') tokens.push('any run');
    else if (char === '?') tokens.push(() => true);
    else if (char === '[') {
      const { matches, end } = characterClass(pattern, i + 1);
      tokens.push(matches);
      i = end;
    } else {
      if (char === '\\' && i + 1 < pattern.length) char = pattern.charAt(++i);
      tokens.push((other) => other === char);
    }
  }
  return tokens;
}

/** The class that begins at `start`. `end` is its closing bracket, or the end of the pattern if there is none. */
function characterClass(pattern: string, start: number) {
  const ranges: [string, string][] = [];
  const negated = pattern.charAt(start) === '^';
  let i = negated ? start + 1 : start;
  for (; i < pattern.length && pattern.charAt(i) !== ']'; i++) {
    if (pattern.charAt(i) === '\\' && i + 1 < pattern.length) {
      const char = pattern.charAt(++i);
      ranges.push([char, char]);
    } else if (pattern.charAt(i + 1) === '-' && i + 2 < pattern.length) {
      const [a, b] = [pattern.charAt(i), pattern.charAt(i + 2)];
      ranges.push(a < b ? [a, b] : [b, a]);
      i += 2;
    } else ranges.push([pattern.charAt(i), pattern.charAt(i)]);
  }
  const matches = (char: string) => ranges.some(([low, high]) => low <= char && char <= high) !== negated;
  return { matches, end: i };
}

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cleanClientName } from '../../../../lib/oauth/client/name.ts';

describe('a client name', () => {
  it.each([
    ['is kept as it is', 'Claude Code', 'Claude Code'],
    ['may be in another script', 'Яндекс', 'Яндекс'],
    ['may be Greek', 'Ελληνικά', 'Ελληνικά'],
    ['may mix Latin with Japanese', 'メモ Notes 帳', 'メモ Notes 帳'],
    ['may carry accents', 'Café Zoë', 'Café Zoë'],
    ['loses angle brackets', '<b>Claude</b>', 'bClaude/b'],
    ['loses line breaks and runs of spaces', 'Claude\r\n  by\tAnthropic ', 'Claude by Anthropic'],
    ['loses zero-width characters', 'Cl\u200bau\u200dde\ufeff', 'Claude'],
    ['loses direction overrides', 'Claude\u202egpj.exe', 'Claudegpj.exe'],
    ['loses fillers that look like nothing', 'Claude\u3164', 'Claude'],
    ['loses empty Braille patterns', 'Claude\u2800', 'Claude'],
    ['loses control characters', 'Cla\u0007ude\u0000', 'Claude'],
    ['is folded from full width', 'Ｃｌａｕｄｅ', 'Claude'],
    ['is folded from mathematical letters', '𝐂𝐥𝐚𝐮𝐝𝐞', 'Claude'],
    ['cannot be piled with marks', `a${'\u0301\u0302\u0303\u0304\u0305'}`, 'á\u0302\u0303'],
  ])('%s', (_, name, cleaned) => {
    expect(cleanClientName(name)).toBe(cleaned);
  });

  it.each([
    ['a Latin name with Cyrillic letters', 'Сlaude'],
    ['a Latin word beside a Cyrillic look-alike', 'Claude Соdе'],
    ['a Latin name with a Greek letter', 'ChαtGPT'],
    ['a Latin name with a Cherokee letter', 'Ꮯlaude'],
    ['Cyrillic mixed with Greek', 'Сор\u03b1'],
    ['nothing', ''],
    ['nothing visible', '\u200b\u202e\u3164 '],
    ['punctuation alone', '<<<--->>>'],
  ])('is not usable when it is %s', (_, name) => {
    expect(cleanClientName(name)).toBeUndefined();
  });

  it('is cut to 60 characters, never through one', () => {
    expect(cleanClientName('🙂a'.repeat(100))).toBe('🙂a'.repeat(30));
  });

  it('is clean once cleaned, whatever was sent', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (name) => {
        const cleaned = cleanClientName(name);
        if (cleaned === undefined) return;
        expect(cleaned).not.toMatch(/[<>\p{Cc}\p{Cf}]/u);
        expect([...cleaned].length).toBeLessThanOrEqual(60);
      }),
    );
  });
});

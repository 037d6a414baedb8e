import { describe, expect, it } from 'vitest';
import { perConfig } from '../../lib/per-config.ts';
import { testConfig } from '../support/config.ts';

describe('a value per configuration', () => {
  it('is made on first use, of its configuration, and is the same from then on', () => {
    const made: string[] = [];
    const memoryOf = perConfig(({ serverUrl }) => {
      made.push(serverUrl);
      return { serverUrl };
    });
    const config = testConfig();
    expect(made).toEqual([]);
    const value = memoryOf(config);
    expect(value).toEqual({ serverUrl: 'https://mcp.example.com' });
    expect(memoryOf(config)).toBe(value);
    expect(made).toEqual(['https://mcp.example.com']);
  });

  it('is another one for another configuration, even an equal one', () => {
    const memoryOf = perConfig(() => new Map<string, string>());
    memoryOf(testConfig()).set('seen', 'yes');
    expect(memoryOf(testConfig()).size).toBe(0);
  });

  it('is apart from what others keep of the same configuration', () => {
    const [one, other] = [perConfig(() => ({})), perConfig(() => ({}))];
    const config = testConfig();
    expect(one(config)).not.toBe(other(config));
  });

  it('is made anew if making it failed', () => {
    let attempts = 0;
    const memoryOf = perConfig(() => {
      attempts += 1;
      if (attempts === 1) throw new Error('not yet');
      return {};
    });
    const config = testConfig();
    expect(() => memoryOf(config)).toThrow('not yet');
    expect(memoryOf(config)).toBe(memoryOf(config));
    expect(attempts).toBe(2);
  });
});

import { describe, expect, it } from 'vitest';
import { SingleFlight } from '../../lib/single-flight.ts';

function counting() {
  const flights = new SingleFlight<number>();
  let started = 0;
  const gate = Promise.withResolvers<void>();
  const run = (key: string) =>
    flights.run(key, async () => {
      started += 1;
      const mine = started;
      await gate.promise;
      return mine;
    });
  return { run, gate, started: () => started };
}

describe('work that runs once per key at a time', () => {
  it('is shared by everyone who comes while it runs', async () => {
    const { run, gate, started } = counting();
    const callers = [run('a'), run('a'), run('a')];
    gate.resolve();
    expect(await Promise.all(callers)).toEqual([1, 1, 1]);
    expect(started()).toBe(1);
  });

  it('does not wait for work under another key', async () => {
    const { run, gate, started } = counting();
    const callers = [run('a'), run('b')];
    expect(started()).toBe(2);
    gate.resolve();
    expect(await Promise.all(callers)).toEqual([1, 2]);
  });

  it('starts again for whoever comes after it has ended', async () => {
    const { run, gate } = counting();
    gate.resolve();
    expect(await run('a')).toBe(1);
    expect(await run('a')).toBe(2);
  });

  it('fails for everyone who waits, and for nobody after them', async () => {
    const flights = new SingleFlight<string>();
    const gate = Promise.withResolvers<string>();
    const callers = [flights.run('a', () => gate.promise), flights.run('a', async () => 'never run')];
    gate.reject(new Error('down'));
    for (const { status } of await Promise.allSettled(callers)) expect(status).toBe('rejected');
    expect(await flights.run('a', async () => 'up')).toBe('up');
  });

  it('takes keys that every object has', async () => {
    const flights = new SingleFlight<string>();
    expect(await flights.run('__proto__', async () => 'fine')).toBe('fine');
    expect(await flights.run('constructor', async () => 'fine')).toBe('fine');
  });
});

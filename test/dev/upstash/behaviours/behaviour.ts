import { expect } from 'vitest';

/** A command (words separated by spaces, or an array) and its reply. A number is milliseconds to wait. */
export type Step = [command: string | (string | number)[], reply: unknown];
export type Behaviour = { title: string; steps: (Step | number)[] };

export const error = (message: string) => ({ error: message });
export const WRONG_TYPE = error('WRONGTYPE Operation against a key holding the wrong kind of value');
export const NOT_INTEGER = error('ERR value is not an integer or out of range');
export const between = (low: number, high: number) => expect.toSatisfy((n: number) => n >= low && n <= high);

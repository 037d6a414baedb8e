import type { Examination, Exchange } from '../doctor/examination.ts';
import type { Verdict } from './promise.ts';

/** One promise that the doctor has no check for. It is tried after the check named in `after`. */
export type Trial = {
  promise: string;
  after: string;
  /** @param exchanges everything that was sent so far */
  run(examination: Examination, exchanges: Exchange[]): Promise<Omit<Verdict, 'promise'>>;
};

export const kept = (seen: string) => ({ result: 'kept' as const, seen });
export const broken = (seen: string) => ({ result: 'broken' as const, seen });
export const notTried = (seen: string) => ({ result: 'not tried' as const, seen });

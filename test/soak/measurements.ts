import { readdirSync, readFileSync } from 'node:fs';
import type { Stack } from '../../dev/stack.ts';
import { storeCommand } from '../support/store-command.ts';

/** One operation that ended. */
type Ended = { name: string; ms: number; outcome: 'ok' | 'ok after a retry' | 'failed' };

/** What was measured at one moment. */
export type Sample = {
  seconds: number;
  /** Resident memory of the instances that are never killed, in MB. */
  memoryMb: number[];
  /** Open files and sockets of the same instances. */
  handles: number[];
  keys: number;
};

/** The value below which this share of the values lies. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
}

/** Memory and handles of processes, from /proc. Empty on systems without it. */
function processesNow(ids: number[]): Pick<Sample, 'memoryMb' | 'handles'> {
  try {
    return {
      memoryMb: ids.map((id) => {
        const [, kilobytes] = /^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${id}/status`, 'utf8')) ?? [];
        return Math.round(Number(kilobytes) / 1024);
      }),
      handles: ids.map((id) => readdirSync(`/proc/${id}/fd`).length),
    };
  } catch {
    return { memoryMb: [], handles: [] };
  }
}

/** How many keys the store holds. */
async function keysIn(stack: Stack): Promise<number> {
  return Number(await storeCommand(stack, ['DBSIZE']));
}

/** Collects what operations took and how the processes fare. */
export function startMeasuring(stack: Stack, steadyInstances: number) {
  const startedMs = performance.now();
  const ended: Ended[] = [];
  const reasons = new Map<string, number>();
  const samples: Sample[] = [];
  let reported = 0;
  return {
    ended,
    samples,
    reasons,
    note(operation: Ended): void {
      ended.push(operation);
    },
    noteReason(text: string): void {
      const reason = text.replace(/\s+/g, ' ');
      reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
    },
    /** Measures, and gives one line about the time since the last one. */
    async sample(): Promise<string> {
      const seconds = Math.round((performance.now() - startedMs) / 1000);
      const processes = processesNow(stack.functions.processIds().slice(0, steadyInstances));
      const sample: Sample = { seconds, ...processes, keys: await keysIn(stack) };
      samples.push(sample);
      const since = ended.slice(reported);
      reported = ended.length;
      const times = since.map(({ ms }) => ms);
      const count = (outcome: Ended['outcome']) => since.filter((each) => each.outcome === outcome).length;
      const columns = [
        `${seconds} s`,
        `${since.length} operations`,
        `${count('failed')} failed`,
        `${count('ok after a retry')} retried`,
        `p50 ${percentile(times, 0.5).toFixed(0)} ms`,
        `p95 ${percentile(times, 0.95).toFixed(0)} ms`,
        `p99 ${percentile(times, 0.99).toFixed(0)} ms`,
        `memory ${sample.memoryMb.join('/')} MB`,
        `handles ${sample.handles.join('/')}`,
        `${sample.keys} keys`,
      ];
      return columns.join('  ');
    },
  };
}

export type Measurements = ReturnType<typeof startMeasuring>;

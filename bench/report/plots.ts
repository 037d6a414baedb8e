import type { Results } from '../run.ts';
import { barChart } from './bar-chart.ts';

const isOurs = (name: string) => name.startsWith('this server');

/** The plots of docs/benchmarks.md, by file name. */
export function plots({ warm, cold, latency }: Results): Record<string, string> {
  return {
    'warm-calls': barChart(
      'Processor time of a warm call, in ms (less is better)',
      warm.contestants.map(({ name, cpuMs }) => ({
        label: name,
        value: cpuMs.median,
        text: cpuMs.median.toFixed(2),
        ours: isOurs(name),
      })),
    ),
    'cold-starts': barChart(
      'Processor time from a new process to its first answer, in multiples of the least',
      cold.map(({ name, cpuMs }) => ({
        label: name,
        value: cpuMs.median / (cold[0]?.cpuMs.median ?? 1),
        text: `${(cpuMs.median / (cold[0]?.cpuMs.median ?? 1)).toFixed(2)}×`,
        ours: name !== 'trivial' && !name.startsWith('mcp-handler'),
      })),
      2,
    ),
    latency: barChart(
      'What a person waits for, in ms',
      latency.flatMap(({ storeMs, operations }) =>
        operations.map(({ name, ms }) => ({
          label: `${name.split(',')[0]}, store ${storeMs} ms away`,
          value: ms.median,
          text: ms.median.toFixed(0),
          ours: true,
        })),
      ),
    ),
  };
}

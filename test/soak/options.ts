import { parseArgs } from 'node:util';

export const usage = `Usage: npm run soak -- [options]

Runs the whole stack on this machine and uses it as many clients do: sign-ins, refreshes, calls of
both protocol eras, dropped session headers, questions, lost streams, revocations, killed instances.
Prints what it measures, ends by itself, and exits with 1 if a threshold was broken.

Options:
  --minutes <n>            How long to run, default 1. Fractions are allowed.
  --clients <n>            Clients that act at the same time, default 6.
  --store <redis|memory>   Where to keep state, default redis, which needs redis-server.
  --kill-seconds <n>       Kill an instance this often, default 15. 0 never kills one.
  --max-error-rate <n>     Share of operations that may fail, retries included, default 0.001.
  --max-p99-ms <n>         99th percentile of an operation's duration, default 5000.
  --max-growth-mb <n>      Growth of an instance's memory after the first third, default 60.
  --seed <n>               Repeat the choices of an earlier run.
  --help                   Show this help.`;

export type Options = {
  minutes: number;
  clients: number;
  store: 'redis' | 'memory';
  killSeconds: number;
  maxErrorRate: number;
  maxP99Ms: number;
  maxGrowthMb: number;
  seed: number;
};

/** What the command line asks for, or one line that says what is wrong with it. */
export function readOptions(args: string[]): Options | { help: true } | { refusal: string } {
  const text = { type: 'string' } as const;
  let values: Record<string, string | boolean | undefined>;
  try {
    ({ values } = parseArgs({
      args,
      options: {
        minutes: text,
        clients: text,
        store: text,
        'kill-seconds': text,
        'max-error-rate': text,
        'max-p99-ms': text,
        'max-growth-mb': text,
        seed: text,
        help: { type: 'boolean' },
      },
    }));
  } catch (error) {
    return { refusal: `${(error as Error).message.split(/[.\n]/)[0]}. See npm run soak -- --help` };
  }
  if (values.help) return { help: true };
  const { store = 'redis' } = values;
  if (store !== 'redis' && store !== 'memory') return { refusal: '--store must be redis or memory' };
  const read = (name: string, otherwise: number) => Number(values[name] ?? otherwise);
  const numbers = {
    minutes: read('minutes', 1),
    clients: read('clients', 6),
    killSeconds: read('kill-seconds', 15),
    maxErrorRate: read('max-error-rate', 0.001),
    maxP99Ms: read('max-p99-ms', 5_000),
    maxGrowthMb: read('max-growth-mb', 60),
    seed: read('seed', Date.now() % 1_000_000),
  };
  const wrong = Object.entries(numbers).find(([, value]) => !(value >= 0 && value < 1e7));
  if (wrong) return { refusal: `${wrong[0]} must be a number` };
  if (numbers.minutes > 24 * 60) return { refusal: '--minutes must be at most 1440' };
  return { store, ...numbers };
}

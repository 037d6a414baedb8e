import { parseArgs } from 'node:util';
import { trialsIn, type Variables } from './environment.ts';
import type { StackOptions } from './stack.ts';

export const usage = `Usage: npm start -- [options]

  --instances N          run N separate instances and ask them in turn, as a deployment does (default 1)
  --built                serve the functions as Vercel's own builder compiles them
  --store memory|redis   what holds the state (default memory); redis uses REDIS_URL, or starts redis-server
  --help                 show this

PORT (default 3000) is the server's; the tenant listens on PORT+1, the store on PORT+2.`;

/** What the command line asks for, or one line that says why it makes no sense. */
export type StartOptions = { help: true } | { stack: StackOptions } | { refusal: string };

/** Reads the arguments of `npm start` and the variables it heeds: PORT, REDIS_URL and the trial variables. */
export function readStartOptions(args: string[], env: Variables): StartOptions {
  const parsed = parse(args);
  if ('refusal' in parsed) return parsed;
  const { values } = parsed;
  if (values.help) return { help: true };
  if (!/^([1-9]|[12]\d|3[0-2])$/.test(values.instances)) return { refusal: '--instances must be 1 to 32' };
  if (values.store !== 'memory' && values.store !== 'redis')
    return { refusal: '--store must be memory or redis' };
  const port = env.PORT || '3000';
  if (!/^[1-9]\d{0,4}$/.test(port) || Number(port) > 65_533) return { refusal: 'PORT must be 1 to 65533' };
  return {
    stack: {
      port: Number(port),
      instances: Number(values.instances),
      built: values.built,
      store: values.store,
      redisUrl: env.REDIS_URL || undefined,
      env: trialsIn(env),
    },
  };
}

function parse(args: string[]) {
  try {
    return parseArgs({
      args,
      options: {
        instances: { type: 'string', default: '1' },
        built: { type: 'boolean', default: false },
        store: { type: 'string', default: 'memory' },
        help: { type: 'boolean', default: false },
      },
    });
  } catch (error) {
    // The first sentence names the option; the others explain how to escape a dash.
    const [reason] = (error as Error).message.split(/[.\n]/);
    return { refusal: `${reason}. See npm start -- --help` };
  }
}

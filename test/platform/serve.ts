import { createFront } from '../../dev/vercel/front.ts';
import type { InstanceLine } from '../../dev/vercel/instances.ts';
import { startInstances } from '../../dev/vercel/instances.ts';
import { listenOnLoopback } from '../../dev/vercel/loopback.ts';
import type { Output } from './output.ts';

/** Serves a build on a free port of `localhost`. `environment` gets the origin and returns the functions' variables. */
export async function serveOutput(
  output: Output,
  environment: (origin: string) => Record<string, string | undefined>,
  onLine: (line: InstanceLine) => void,
) {
  const loopback = await listenOnLoopback(0);
  const origin = `http://localhost:${loopback.port}`;
  const toRun = { functions: [...output.functions.values()], built: true, preload: false };
  const instances = await startInstances(2, toRun, environment(origin), onLine).catch(async (error) => {
    await loopback.close();
    throw error;
  });
  loopback.serve(createFront({ project: output, instances }).listener);
  return {
    origin,
    close: async () => {
      await loopback.close();
      await instances.close();
    },
  };
}

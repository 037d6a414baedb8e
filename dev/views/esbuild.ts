import type { BuildOptions, BuildResult } from 'esbuild';

let running = 0;

/** Bundles with esbuild. It is loaded when it is first needed, and its process ends with the last bundle that is made. */
export async function bundle(options: BuildOptions): Promise<BuildResult<{ write: false }>> {
  const { build, stop } = await import('esbuild');
  running++;
  try {
    return await build({
      bundle: true,
      format: 'esm',
      target: 'es2022',
      logLevel: 'silent',
      ...options,
      write: false,
    });
  } finally {
    if (--running === 0) await stop();
  }
}

import { startStack } from '../../dev/stack.ts';
import { oauthClient } from '../../test/support/oauth-client.ts';
import { fromAddress } from '../from-address.ts';
import { quantile, spreadOf } from '../statistics.ts';

export type CrowdResult = {
  people: number;
  failed: number;
  /** The most frequent reason, as the person saw it. Empty if nobody failed. */
  reason: string;
  seconds: number;
  medianMs: number;
  p95Ms: number;
};

/** People who sign in at the same moment, each with a browser and an address of their own. */
export async function measureCrowd({ people }: { people: number }): Promise<CrowdResult> {
  const stack = await startStack({ port: 0, store: 'redis' });
  try {
    const clientId = await oauthClient(stack.serverUrl).register();
    const times: number[] = [];
    const started = performance.now();
    const outcomes = await Promise.allSettled(
      Array.from({ length: people }, async (_, index) => {
        const { send, close } = fromAddress(`127.0.${1 + Math.floor(index / 250)}.${1 + (index % 250)}`);
        const began = performance.now();
        await oauthClient(stack.serverUrl, send).tokens(clientId).finally(close);
        times.push(performance.now() - began);
      }),
    );
    const sorted = times.toSorted((a, b) => a - b);
    const reasons = outcomes.flatMap((outcome) =>
      outcome.status === 'rejected' ? [String(outcome.reason).slice(0, 160)] : [],
    );
    return {
      people,
      failed: reasons.length,
      reason: mostFrequent(reasons),
      seconds: (performance.now() - started) / 1000,
      medianMs: spreadOf(times).median,
      p95Ms: quantile(sorted, 0.95),
    };
  } finally {
    await stack.close();
  }
}

function mostFrequent(texts: string[]): string {
  const counts = new Map<string, number>();
  for (const text of texts) counts.set(text, (counts.get(text) ?? 0) + 1);
  return [...counts].toSorted(([, a], [, b]) => b - a)[0]?.[0] ?? '';
}

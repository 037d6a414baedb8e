import { setTimeout as delay } from 'node:timers/promises';
import type { Config } from '../config.ts';
import { log } from '../log.ts';

/** Milliseconds before a dropped subscription is opened again: the first time, and at most. */
const firstPause = 100;
const longestPause = 5_000;

export type Subscription = {
  /** Whether the store says that it is listening. It may be wrong: a dead connection can look alive. */
  live(): boolean;
};

/**
 * Calls `wake` for every message on a channel, and whenever the subscription opens, since messages may have
 * been missed before. It opens itself again after a drop, until the signal aborts. The messages' content is
 * not looked at: what matters is stored, and a wake-up only says that it is time to read.
 *
 * @param channel letters, digits, `:`, `_`, `-`.
 */
export function subscribe(
  config: Config,
  channel: string,
  wake: () => void,
  signal: AbortSignal,
): Subscription {
  let live = false;
  const listen = async (url: string, token: string) => {
    const response = await fetch(`${url}/subscribe/${channel}`, {
      headers: { authorization: `Bearer ${token}`, accept: 'text/event-stream' },
      signal,
    });
    if (!response.ok || !response.body) throw new Error(`The store answered ${response.status}`);
    let rest = '';
    for await (const text of response.body.pipeThrough(new TextDecoderStream())) {
      const lines = (rest + text).split('\n');
      rest = lines.pop() ?? '';
      if (!lines.some((line) => line.startsWith('data:'))) continue;
      live = true;
      wake();
    }
  };
  const keepListening = async () => {
    const { store } = config;
    let pause = firstPause;
    while (store && !signal.aborted) {
      try {
        await listen(store.url, store.token);
      } catch (error) {
        // The message may hold the channel, which is nobody's business; the name says enough.
        if (!signal.aborted) log('warn', 'subscription dropped', { error: (error as Error).name });
      }
      pause = live ? firstPause : Math.min(pause * 2, longestPause);
      live = false;
      wake();
      await delay(pause, undefined, { signal }).catch(() => {});
    }
  };
  void keepListening();
  return { live: () => live };
}

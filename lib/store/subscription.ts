import { setTimeout as delay } from 'node:timers/promises';
import type { Config } from '../config.ts';
import { log } from '../log.ts';

/** How long to wait before a dropped subscription is opened again: the delay doubles from the first to the second. */
const minReconnectDelayMs = 100;
const maxReconnectDelayMs = 5_000;

export type Subscription = {
  /** Whether the store confirmed the subscription. A dead connection can still look open. */
  isOpen(): boolean;
};

/**
 * Calls `onWake` for each message on a channel, and each time the subscription opens or drops, because messages may
 * have been missed. Reconnects after a drop until the signal aborts. Ignores the content of messages: the data is
 * in the store, and a message only says that it is time to read.
 *
 * @param channel letters, digits, `:`, `_` and `-`.
 */
export function subscribe(
  config: Config,
  channel: string,
  onWake: () => void,
  signal: AbortSignal,
): Subscription {
  let open = false;
  const listen = async (url: string, token: string) => {
    const response = await fetch(`${url}/subscribe/${channel}`, {
      headers: { authorization: `Bearer ${token}`, accept: 'text/event-stream' },
      signal,
    });
    if (!response.ok || !response.body) throw new Error(`The store answered ${response.status}`);
    let incompleteLine = '';
    for await (const text of response.body.pipeThrough(new TextDecoderStream())) {
      const lines = (incompleteLine + text).split('\n');
      incompleteLine = lines.pop() ?? '';
      if (!lines.some((line) => line.startsWith('data:'))) continue;
      open = true;
      onWake();
    }
  };
  const keepListening = async () => {
    const { store } = config;
    let delayMs = minReconnectDelayMs;
    while (store && !signal.aborted) {
      try {
        await listen(store.url, store.token);
      } catch (error) {
        // Only the error's name: its message may contain the channel, which holds a user's hash.
        if (!signal.aborted)
          log('warn', 'subscription dropped', { error: error instanceof Error ? error.name : typeof error });
      }
      delayMs = open ? minReconnectDelayMs : Math.min(delayMs * 2, maxReconnectDelayMs);
      open = false;
      onWake();
      await delay(delayMs, undefined, { signal }).catch(() => {});
    }
  };
  void keepListening();
  return { isOpen: () => open };
}

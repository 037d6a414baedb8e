import type { Config } from '../../../config.ts';
import { append, type Feed, follow, readAfter } from '../../../store/feed.ts';
import { mailboxKey } from '../../../store/keys.ts';

/** Seconds a mailbox outlives its last message, longer than any call; and how many messages it holds. */
const mailbox = (ph: string, invocation: string): Feed => ({
  key: mailboxKey(ph, invocation),
  life: 15 * 60,
  most: 64,
});

/** Makes the mailbox of a call, so that others may put something in. */
export function openMailbox(config: Config, ph: string, invocation: string): Promise<void> {
  return append(config, mailbox(ph, invocation), [{ id: '1-0', text: '' }]);
}

/**
 * Hands a client's message to the instance that runs the call, wherever that is. Without effect when no such
 * call of this principal runs: the mailbox's key holds the principal, and only the call itself makes it.
 */
export function deliver(
  config: Config,
  ph: string,
  invocation: string,
  message: Record<string, unknown>,
): Promise<void> {
  const entry = { id: '*', text: JSON.stringify(message) };
  return append(config, mailbox(ph, invocation), [entry], { existing: true });
}

/** Calls back with each message put into the mailbox, in order, until the signal aborts. */
export async function receive(
  config: Config,
  ph: string,
  invocation: string,
  onMessage: (message: Record<string, unknown>) => void,
  signal: AbortSignal,
): Promise<void> {
  const { key } = mailbox(ph, invocation);
  let last = '1-0';
  const read = () => readAfter(config, key, last);
  for await (const { entries } of follow(config, key, read, signal))
    for (const { id, text } of entries) {
      last = id;
      onMessage(JSON.parse(text));
    }
}

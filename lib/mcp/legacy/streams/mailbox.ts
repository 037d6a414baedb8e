import { z } from 'zod';
import type { Config } from '../../../config.ts';
import { append, type Feed, follow, readAfter } from '../../../store/feed.ts';
import { mailboxKey } from '../../../store/keys.ts';
import { parseStored } from '../../../store/stored.ts';

/** A message from the client, as `deliver` stored it. */
const clientMessage = z.record(z.string(), z.unknown());
export type ClientMessage = z.infer<typeof clientMessage>;

/** The entry that creates a mailbox. It holds no message. */
const openingId = '1-0';

/** A call's mailbox. It is kept longer than any call runs. */
const mailbox = (principalHash: string, invocation: string): Feed => ({
  key: mailboxKey(principalHash, invocation),
  lifetimeSeconds: 15 * 60,
  maxEntries: 64,
});

/** Creates the mailbox of a call, so that other instances can deliver to it. */
export function openMailbox(config: Config, principalHash: string, invocation: string): Promise<void> {
  return append(config, mailbox(principalHash, invocation), [{ id: openingId, text: '' }]);
}

/**
 * Delivers a client's message to the instance that runs the call. Has no effect if this principal has no such call: the
 * mailbox's key contains the principal, and only the call itself creates it.
 */
export function deliver(
  config: Config,
  principalHash: string,
  invocation: string,
  message: ClientMessage,
): Promise<void> {
  const entry = { id: '*', text: JSON.stringify(message) };
  return append(config, mailbox(principalHash, invocation), [entry], { existing: true });
}

/** Calls back with each message delivered to the mailbox, in order, until the signal aborts. */
export async function receive(
  config: Config,
  principalHash: string,
  invocation: string,
  onMessage: (message: ClientMessage) => void,
  signal: AbortSignal,
): Promise<void> {
  const { key } = mailbox(principalHash, invocation);
  let last = openingId;
  const read = () => readAfter(config, key, last);
  for await (const { entries } of follow(config, key, read, signal))
    for (const { id, text } of entries) {
      last = id;
      const message = parseStored(clientMessage, text);
      if (message) onMessage(message);
    }
}

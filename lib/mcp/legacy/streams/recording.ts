import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import type { Config } from '../../../config.ts';
import { errorFields, log } from '../../../log.ts';
import { append, type Entry, type Feed } from '../../../store/feed.ts';
import { eventsKey } from '../../../store/keys.ts';

/** A call's stored events. */
export const events = (principalHash: string, invocation: string): Feed => ({
  key: eventsKey(principalHash, invocation),
  lifetimeSeconds: 15 * 60,
  maxEntries: 1000,
});

/** How long events are collected before they are stored together, while the client is connected. */
const batchDelayMs = 500;

/** For one request to the store, unless a single event is longer. Upstash refuses requests over 1 MB. */
const maxBatchCharacters = 250_000;

/** How often storing a batch is tried, so that a store that is briefly unavailable costs no event. */
const maxAttempts = 4;

/** One stored event: a message to the client, the end of the stream, or both. */
export const storedEvent = z.object({
  message: z.record(z.string(), z.unknown()).optional(),
  end: z.literal(true).optional(),
});
export type StoredEvent = z.infer<typeof storedEvent>;

export type Recording = ReturnType<typeof createRecording>;

/**
 * Records what a call sends. Nothing is stored before `startStoring`, because most calls are over before their client
 * could lose the connection. After that, events are stored in order and in batches.
 */
export function createRecording(config: Config, principalHash: string, invocation: string) {
  const feed = events(principalHash, invocation);
  let lastNumber = 0;
  let storing = false;
  let unstored: Entry[] = [];
  let writing: Promise<void> | undefined;
  let failures = 0;
  const urgent = Promise.withResolvers<void>();

  const write = async () => {
    while (unstored.length > 0) {
      await Promise.race([delay(batchDelayMs, undefined, { ref: false }), urgent.promise]);
      const batch = unstored.splice(0, batchLength(unstored));
      try {
        await append(config, feed, batch);
        failures = 0;
      } catch (error) {
        log('warn', 'events not stored', errorFields(error));
        if (++failures >= maxAttempts) continue;
        unstored = [...batch, ...unstored];
        await delay(batchDelayMs, undefined, { ref: false });
      }
    }
    writing = undefined;
  };
  const flush = () => {
    if (storing && !writing && unstored.length > 0) writing = write();
  };
  return {
    /** Adds an event. Returns its number in the stream, from 1. */
    add(event: StoredEvent): number {
      unstored.push({ id: `${++lastNumber}-0`, text: JSON.stringify(event) });
      if (event.end) urgent.resolve();
      flush();
      return lastNumber;
    },
    /** Stores the events so far, and all further ones. */
    startStoring(): void {
      storing = true;
      flush();
    },
    /** From now on, events are stored without delay: the client has disconnected and may resume at any moment. */
    skipDelay(): void {
      urgent.resolve();
    },
    /** Resolves when every event added so far is stored, if storing has started. */
    async stored(): Promise<void> {
      await writing;
    },
  };
}

/** How many of the entries go into one request: at least one. */
function batchLength(entries: Entry[]): number {
  let characters = 0;
  let count = 0;
  for (const { text } of entries) {
    characters += text.length;
    if (count > 0 && characters > maxBatchCharacters) break;
    count++;
  }
  return count;
}

import { setTimeout as delay } from 'node:timers/promises';
import type { Config } from '../../../config.ts';
import { errorFields, log } from '../../../log.ts';
import { append, type Entry, type Feed } from '../../../store/feed.ts';
import { eventsKey } from '../../../store/keys.ts';

/** A call's events as others read them: kept for 15 minutes, and never more than 1000. */
export const events = (ph: string, invocation: string): Feed => ({
  key: eventsKey(ph, invocation),
  life: 15 * 60,
  most: 1000,
});

/** Milliseconds in which events are gathered to be stored together, as long as the client is connected. */
const gathering = 500;

/** Most characters stored in one request, unless one event alone has more: Upstash refuses requests over 1 MB. */
const batchSize = 250_000;

/** How often a batch is tried: a store that is away for a moment should cost nobody an event. */
const attempts = 4;

/** One stored event: a message to the client, the end of the stream, or both. */
export type StoredEvent = { message?: unknown; end?: true };

/**
 * Remembers what a call sends. Nothing is stored until `save`, since most calls are over before anyone could
 * have lost them; from then on events are stored in order, as many at a time as have come up.
 */
export function createRecording(config: Config, ph: string, invocation: string) {
  const feed = events(ph, invocation);
  let last = 0;
  let saving = false;
  let unsaved: Entry[] = [];
  let writing: Promise<void> | undefined;
  let failures = 0;
  const urgent = Promise.withResolvers<void>();

  const write = async () => {
    while (unsaved.length > 0) {
      await Promise.race([delay(gathering, undefined, { ref: false }), urgent.promise]);
      const batch = unsaved.splice(0, fitting(unsaved));
      try {
        await append(config, feed, batch);
        failures = 0;
      } catch (error) {
        log('warn', 'events not stored', errorFields(error));
        if (++failures >= attempts) continue;
        unsaved = [...batch, ...unsaved];
        await delay(gathering, undefined, { ref: false });
      }
    }
    writing = undefined;
  };
  const flush = () => {
    if (saving && !writing && unsaved.length > 0) writing = write();
  };
  return {
    /** The event's number in the stream, from 1. */
    add(event: StoredEvent): number {
      unsaved.push({ id: `${++last}-0`, text: JSON.stringify(event) });
      if (event.end) urgent.resolve();
      flush();
      return last;
    },
    save(): void {
      saving = true;
      flush();
    },
    /** The client has gone and may come back at any instance, at any moment: from now on nothing waits. */
    hurry(): void {
      urgent.resolve();
    },
    /** Resolves when everything that should be stored is. */
    async stored(): Promise<void> {
      await writing;
    },
  };
}

/** How many entries, at least one, go together into a request. */
function fitting(entries: Entry[]): number {
  let size = 0;
  let count = 0;
  for (const { text } of entries) {
    size += text.length;
    if (count > 0 && size > batchSize) break;
    count++;
  }
  return count;
}

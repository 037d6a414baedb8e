import { Redis } from 'ioredis';
import {
  type Backend,
  type Bytes,
  isFailure,
  type Message,
  type Reply,
  type Topic,
  textOf,
} from '../backend.ts';
import { createScriptNames } from './script-names.ts';

const buffers = (words: Bytes[]) => words.map((word) => Buffer.from(word, 'latin1'));

/** ioredis returns strings as buffers, and errors inside arrays as values. */
function toReply(value: unknown): Reply {
  if (value === null || typeof value === 'number') return value;
  if (Buffer.isBuffer(value)) return value.toString('latin1');
  if (Array.isArray(value)) return value.map(toReply);
  if (value instanceof Error) return { error: value.message };
  return String(value);
}

/** An error reply of Redis is a reply. Any other error, such as a lost connection, is thrown. */
const asReply = (error: unknown): Reply => {
  if (error instanceof Error && error.name === 'ReplyError') return { error: error.message };
  throw error;
};

/** A real Redis at `url` (`redis://…`). Connects at the first command and reconnects when the connection is lost. */
export function redisBackend(url: string): Backend {
  const options = {
    // RESP3 would change the shape of replies.
    protocol: 2 as const,
    lazyConnect: true,
    enableReadyCheck: false,
    maxRetriesPerRequest: 0,
    // A command in flight when the connection was lost may have run. It must not run twice.
    autoResendUnfulfilledCommands: false,
    retryStrategy: (attempt: number) => Math.min(attempt * 50, 1000),
  };
  const client = new Redis(url, options);
  const subscribers = new Set<Redis>();
  const scripts = createScriptNames();
  // Errors reach the callers of commands. Without a listener, ioredis would print them too.
  client.on('error', () => {});

  const send = (words: Bytes[]): Promise<Reply> => {
    const [name = '', ...args] = scripts.toRedis(words);
    return client.callBuffer(name.toUpperCase(), buffers(args)).then(toReply, asReply);
  };

  return {
    execute: async (words) => scripts.fromRedis(words, await send(words)),
    async transaction(commands) {
      // Sent synchronously, so that no other request's command comes between MULTI and EXEC.
      const queued = [['MULTI'], ...commands, ['EXEC']].map(send);
      const replies = (await Promise.all(queued)).at(-1) ?? null;
      if (isFailure(replies)) return replies;
      const list = Array.isArray(replies) ? replies : [];
      return list.map((reply, position) => scripts.fromRedis(commands[position] ?? [], reply));
    },
    async subscribe(topic, onMessage) {
      // Each subscriber has its own connection, so that PUBLISH counts all of them.
      const subscriber = client.duplicate();
      subscribers.add(subscriber);
      subscriber.on('error', () => {});
      const unsubscribe = async () => {
        subscribers.delete(subscriber);
        subscriber.disconnect();
      };
      try {
        await listen(subscriber, topic, onMessage);
      } catch (error) {
        await unsubscribe();
        throw error;
      }
      return unsubscribe;
    },
    async close() {
      for (const connection of [client, ...subscribers]) connection.disconnect();
    },
  };
}

async function listen(subscriber: Redis, topic: Topic, onMessage: (message: Message) => void): Promise<void> {
  const bytes = (part: Buffer) => part.toString('latin1');
  subscriber.on('messageBuffer', (channel, payload) => {
    onMessage({ channel: bytes(channel), payload: bytes(payload) });
  });
  subscriber.on('pmessageBuffer', (_pattern, channel, payload) => {
    onMessage({ channel: bytes(channel), payload: bytes(payload), pattern: topic.name });
  });
  const name = textOf(topic.name);
  await (topic.kind === 'pattern' ? subscriber.psubscribe(name) : subscriber.subscribe(name));
}

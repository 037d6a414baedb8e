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

/** ioredis hands errors inside arrays over as values, strings as buffers. */
function toReply(value: unknown): Reply {
  if (value === null || typeof value === 'number') return value;
  if (Buffer.isBuffer(value)) return value.toString('latin1');
  if (Array.isArray(value)) return value.map(toReply);
  if (value instanceof Error) return { error: value.message };
  return String(value);
}

/** Redis' own refusals are replies; anything else, such as a lost connection, is thrown. */
const asReply = (error: unknown): Reply => {
  if (error instanceof Error && error.name === 'ReplyError') return { error: error.message };
  throw error;
};

/** A real Redis at `url` (`redis://…`). Connects at the first command, and again after a lost connection. */
export function redisBackend(url: string): Backend {
  const options = {
    // RESP3 would change the replies' shapes.
    protocol: 2 as const,
    lazyConnect: true,
    enableReadyCheck: false,
    maxRetriesPerRequest: 0,
    // A command that was on its way when the connection broke may have run: it must not run twice.
    autoResendUnfulfilledCommands: false,
    retryStrategy: (attempt: number) => Math.min(attempt * 50, 1000),
  };
  const client = new Redis(url, options);
  const subscribers = new Set<Redis>();
  const scripts = createScriptNames();
  // Failures reach whoever waits for a command; without a listener ioredis prints them as well.
  client.on('error', () => {});

  const send = (words: Bytes[]): Promise<Reply> => {
    const [name = '', ...args] = scripts.toRedis(words);
    return client.callBuffer(name.toUpperCase(), buffers(args)).then(toReply, asReply);
  };

  return {
    execute: async (words) => scripts.fromRedis(words, await send(words)),
    async transaction(commands) {
      // Written in one turn, so nothing of another request comes between MULTI and EXEC.
      const queued = [['MULTI'], ...commands, ['EXEC']].map(send);
      const replies = (await Promise.all(queued)).at(-1) ?? null;
      if (isFailure(replies)) return replies;
      const list = Array.isArray(replies) ? replies : [];
      return list.map((reply, position) => scripts.fromRedis(commands[position] ?? [], reply));
    },
    async subscribe(topic, onMessage) {
      // A connection for each, so that PUBLISH counts every subscriber.
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

import type { ServerResponse } from 'node:http';
import { type Backend, type Bytes, type Message, type Topic, textOf } from './backend.ts';
import type { Faults } from './faults.ts';
import { BadRequest } from './rest-request.ts';

/** A server-sent event. A payload with several lines becomes several `data:` lines. */
const event = (data: string) =>
  `${data
    .split('\n')
    .map((line) => `data: ${line}\n`)
    .join('')}\n`;

function messageEvent({ pattern, channel, payload }: Message): string {
  const words = pattern === undefined ? ['message', channel] : ['pmessage', pattern, channel];
  return event([...words, payload].map(textOf).join(','));
}

/** The topic of `/subscribe/<channel>` or `/psubscribe/<pattern>`. Throws BadRequest unless there is exactly one. */
export function topicOf([endpoint, name, ...others]: Bytes[]): Topic | undefined {
  if (endpoint !== 'subscribe' && endpoint !== 'psubscribe') return undefined;
  if (!name || others.length > 0) {
    throw new BadRequest(`ERR wrong number of arguments for '${endpoint}' command`);
  }
  return { kind: endpoint === 'psubscribe' ? 'pattern' : 'channel', name };
}

/** Streams a topic's messages until the client disconnects or the response ends. */
export async function streamSubscription(
  response: ServerResponse,
  backend: Backend,
  topic: Topic,
  faults: Faults,
): Promise<void> {
  // A message can arrive before the confirmation of the subscription is sent, which must come first.
  let waiting: string[] | undefined = [];
  const unsubscribe = await backend.subscribe(topic, (message) => {
    if (faults.subscriptions !== 'live') return;
    const text = messageEvent(message);
    if (waiting) waiting.push(text);
    else response.write(text);
  });
  response.once('close', unsubscribe);
  if (response.destroyed) return unsubscribe();
  response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-cache' });
  const kind = topic.kind === 'pattern' ? 'psubscribe' : 'subscribe';
  response.write([event(`${kind},${textOf(topic.name)},1`), ...waiting].join(''));
  waiting = undefined;
  if (faults.subscriptions === 'closed') response.end();
}

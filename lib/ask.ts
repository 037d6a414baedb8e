import {
  Agent as HttpAgent,
  request as httpRequest,
  type IncomingHttpHeaders,
  type IncomingMessage,
} from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';

export type Question = {
  method?: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  headers?: Record<string, string>;
  body?: string | undefined;
  /** For everything: connecting, sending, reading. Time in which this process stood still does not count. */
  timeoutMs: number;
  /** Largest answer that is read. No limit unless given. */
  maxBytes?: number;
};

export type Answer = { status: number; headers: IncomingHttpHeaders; text: string };

/**
 * Milliseconds for which an unused connection is kept: shorter than servers keep theirs, so that no request is sent into
 * one that the other side has closed.
 */
const keepAliveMs = 4_000;

const agents = {
  'http:': new HttpAgent({ keepAlive: true, timeout: keepAliveMs }),
  'https:': new HttpsAgent({ keepAlive: true, timeout: keepAliveMs }),
};

/**
 * Sends an HTTP request and reads the whole answer, whatever its status. Uses Node's own client, because `fetch` takes four
 * times as long for an instance's first request and more than twice as long for the others.
 *
 * Rejects with an error named `TimeoutError` after the timeout. Redirects are errors, because the request may carry secrets.
 */
export function ask(url: string | URL, question: Question): Promise<Answer> {
  const { method = 'GET', headers = {}, body, timeoutMs, maxBytes = Number.POSITIVE_INFINITY } = question;
  const { promise, resolve, reject } = Promise.withResolvers<Answer>();
  const target = new URL(url);
  const [request, agent] =
    target.protocol === 'https:' ? [httpsRequest, agents['https:']] : [httpRequest, agents['http:']];
  const outgoing = request(target, {
    agent,
    method,
    headers: body === undefined ? headers : { ...headers, 'content-length': Buffer.byteLength(body) },
  });
  const stopWaiting = afterWaiting(timeoutMs, () => outgoing.destroy(new TimeoutError(timeoutMs)));
  outgoing.once('error', reject);
  outgoing.once('response', (incoming) => void read(incoming, maxBytes).then(resolve, reject));
  outgoing.once('close', stopWaiting);
  outgoing.end(body);
  return promise;
}

/**
 * Calls back after a process has waited for so long. It waits in tenths: while it stands still, because the platform has
 * frozen it or it loads modules, at most one of them passes. A single timer would fire right afterwards, before the answer
 * that has come meanwhile is read.
 *
 * @returns stops waiting.
 */
function afterWaiting(waitMs: number, callback: () => void): () => void {
  let tenths = 0;
  const timer = setInterval(() => {
    tenths += 1;
    if (tenths < 10) return;
    clearInterval(timer);
    callback();
  }, waitMs / 10);
  return () => clearInterval(timer);
}

class TimeoutError extends Error {
  override readonly name = 'TimeoutError';

  constructor(timeoutMs: number) {
    super(`no answer within ${timeoutMs} ms`);
  }
}

async function read(incoming: IncomingMessage, maxBytes: number): Promise<Answer> {
  const { statusCode: status = 0, headers } = incoming;
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of incoming) {
    bytes += chunk.length;
    // Leaving the loop closes the connection.
    if (bytes > maxBytes) throw new Error('the answer is too large');
    chunks.push(chunk);
  }
  if (status >= 300 && status < 400) throw new Error(`redirected with status ${status}`);
  return { status, headers, text: Buffer.concat(chunks).toString('utf8') };
}

import type { Examination } from './examination.ts';
import { type Answer, type NoAnswer, probe, type Request } from './probe.ts';

/** Milliseconds after which Claude gives up, by the step that it is in. */
const claudeTimeoutsMs = { discovery: 10_000, registration: 10_000, token: 10_000, refresh: 30_000 };

/** The step that a request belongs to, which decides how long the doctor waits for the answer. */
export type Step = keyof typeof claudeTimeoutsMs;

/** Milliseconds to wait for an answer: the `--timeout`, or as long as Claude waits in this step. */
export function timeoutMsFor({ options }: Examination, step: Step = 'discovery'): number {
  return options.timeoutMs ?? claudeTimeoutsMs[step];
}

/**
 * Sends one request of the examination. Waits as long as Claude does in this step. The bypass secret, if there is
 * one, goes to the examined origin and to no other: metadata and redirects can name any host.
 */
export async function send(
  examination: Examination,
  url: string,
  request: Omit<Request, 'timeoutMs'> = {},
  step: Step = 'discovery',
): Promise<Answer | NoAnswer> {
  const { bypassSecret, onExchange } = examination.options;
  const isOwn = URL.parse(url)?.origin === examination.url.origin;
  const bypass: Record<string, string> =
    bypassSecret && isOwn ? { 'x-vercel-protection-bypass': bypassSecret } : {};
  const answer = await probe(url, {
    ...request,
    headers: { ...request.headers, ...bypass },
    timeoutMs: timeoutMsFor(examination, step),
  });
  onExchange?.({ method: request.method ?? 'GET', url, body: request.body, answer });
  return answer;
}

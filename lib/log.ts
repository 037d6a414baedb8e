import { AsyncLocalStorage } from 'node:async_hooks';
import { randomUUID } from 'node:crypto';
import { getConfig, type LogLevel, logLevels } from './config.ts';
import { span } from './trace.ts';

/** What a log line may hold: flat and free of secrets, tokens, codes and cookies. */
export type LogFields = Record<string, string | number | boolean | undefined>;

type RequestLog = { requestId: string; fields: LogFields; calls: Record<string, { n: number; ms: number }> };

const current = new AsyncLocalStorage<RequestLog>();

/** Runs one request's work; every line written inside carries its request id. */
export function withRequestLog<T>(work: (requestId: string) => T): T {
  const log: RequestLog = { requestId: randomUUID(), fields: {}, calls: {} };
  return current.run(log, () => work(log.requestId));
}

/** Adds fields to the request's closing line, e.g. which client or which protocol era it was. */
export function annotate(fields: LogFields): void {
  Object.assign(current.getStore()?.fields ?? {}, fields);
}

/** The id that the current request's log lines and response carry; undefined outside a request. */
export function requestId(): string | undefined {
  return current.getStore()?.requestId;
}

/** Makes a call to the store or the tenant: a span of its own, counted with its milliseconds on the closing line. */
export async function timed<T>(system: 'redis' | 'auth0', work: () => Promise<T>): Promise<T> {
  const started = performance.now();
  try {
    return await span(system, work);
  } finally {
    const log = current.getStore();
    if (log) {
      log.calls[system] ??= { n: 0, ms: 0 };
      log.calls[system].n += 1;
      log.calls[system].ms += performance.now() - started;
    }
  }
}

/** Writes one structured line to standard output; lines below `LOG_LEVEL` are dropped. */
export function log(level: Exclude<LogLevel, 'silent'>, message: string, fields: LogFields = {}): void {
  const configured = getConfig();
  const threshold = 'value' in configured ? configured.value.logLevel : 'info';
  if (logLevels.indexOf(level) < logLevels.indexOf(threshold)) return;
  const line = { level, msg: message, requestId: requestId(), ...fields };
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

/** Writes the request's closing line with everything annotated and counted on the way; returns what it says. */
export function logRequest(level: 'info' | 'warn' | 'error', fields: LogFields): LogFields {
  const request = current.getStore();
  const calls: LogFields = {};
  for (const [system, { n, ms }] of Object.entries(request?.calls ?? {})) {
    calls[`${system}Calls`] = n;
    calls[`${system}Ms`] = Math.round(ms);
  }
  const line = { ...fields, ...request?.fields, ...calls };
  log(level, 'request', line);
  return line;
}

/** An unexpected error as log fields: name, message and stack, with anything that looks like a credential removed. */
export function errorFields(error: unknown): LogFields {
  if (!(error instanceof Error)) return { error: typeof error };
  const cause = error.cause instanceof Error ? scrub(error.cause.message) : undefined;
  return { error: error.name, reason: scrub(error.message), cause, stack: scrub(error.stack ?? '') };
}

/**
 * Removes what looks like a token, code, sealed value or secret from text that others composed, in linear time:
 * the last pattern must begin where a word does, or a long text with hyphens would be scanned from each of them.
 */
export function scrub(text: string): string {
  return text
    .replace(/\b(bearer|basic)\s+\S+/gi, '$1 [removed]')
    .replace(
      /((?:secret|token|code|password|verifier|assertion|state)["']?\s*[=:]\s*["']?)[^"'\s&,}]+/gi,
      '$1[removed]',
    )
    .replace(/(?<![\w-])[\w-]{20,}\.[\w-]*\.[\w.-]{10,}/g, '[removed]')
    .slice(0, 2000);
}

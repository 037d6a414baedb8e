import { styleText } from 'node:util';
import { z } from 'zod';

/** One answered request, to be shown in the terminal. Has no query, which may hold a code. */
export type RequestLine = {
  /** What answered: a function, the platform in front of it (files, errors), or the tenant. */
  from: 'function' | 'platform' | 'auth0';
  method: string;
  path: string;
  /** The MCP method, and the tool or prompt: `tools/call add_note`. */
  call?: string;
  status: number;
  durationMs: number;
  /** The client's name, or its user agent. */
  client?: string;
  /** The result, such as an OAuth error code. */
  outcome?: string;
};

const requestLog = z.looseObject({
  msg: z.literal('request'),
  method: z.string(),
  path: z.string(),
  status: z.number(),
  ms: z.number(),
});
const otherLog = z.looseObject({ level: z.string(), msg: z.string() });

/** Parses a line that a function printed: a request log, or any other line unchanged. */
export function parseLine(text: string): RequestLine | string {
  const { data } = requestLog.safeParse(parseJson(text));
  if (!data) return text;
  const { method, path, status, ms } = data;
  const client = firstText(data.client, data.userAgent);
  const outcome = firstText(data.outcome, data.error);
  const call = [data.rpc, data.name].filter((each) => typeof each === 'string').join(' ');
  return { from: 'function', method, path, ...(call && { call }), status, durationMs: ms, client, outcome };
}

/** Formats one line for the terminal, with colors if `color` is set. */
export function formatLine(line: RequestLine | string, color: boolean, now = new Date()): string {
  if (typeof line === 'string') return formatOther(line, color);
  const { from, method, path, call = '', status, durationMs, client = '', outcome = '' } = line;
  const tenant = from === 'auth0';
  const paint = (format: Color, text: string) => (color && !tenant ? styled(format, text) : text);
  const verb = (tenant ? `auth0 ${method}` : method).padEnd(7);
  const columns = [
    now.toTimeString().slice(0, 8),
    printable(`${verb} ${path} ${call}`).padEnd(48),
    paint(statusColor(status), String(status)),
    `${Math.round(durationMs)} ms`.padStart(7),
    printable(client),
    paint(statusColor(status), printable(outcome)),
  ];
  const text = columns.filter(Boolean).join('  ');
  return tenant && color ? styled('dim', text) : text;
}

/** Other structured lines become `level message key=value`. Anything else, such as a stack trace, is left as it is. */
function formatOther(text: string, color: boolean): string {
  const { data } = otherLog.safeParse(parseJson(text));
  if (!data) return printable(text);
  const { level, msg, stack, ...fields } = data;
  const pairs = Object.entries(fields).map(([name, value]) => `${name}=${asText(value)}`);
  const line = printable([level.padEnd(5), msg, ...pairs].join(' '));
  const format = level === 'error' ? 'red' : level === 'warn' ? 'yellow' : undefined;
  const painted = color && format ? styled(format, line) : line;
  // An expected refusal has said why. Its stack would only bury the requests around it.
  if (level !== 'error' || typeof stack !== 'string') return painted;
  return [painted, ...stack.split('\n').map(printable)].join('\n');
}

type Color = 'dim' | 'green' | 'yellow' | 'red';

function statusColor(status: number): Color {
  if (status >= 500) return 'red';
  return status >= 400 ? 'yellow' : 'green';
}

function styled(format: Color, text: string): string {
  return styleText(format, text, { validateStream: false });
}

/** Removes control characters: clients choose names and paths, and must not control the terminal. */
function printable(text: string): string {
  return text.replace(/\p{Cc}/gu, ' ');
}

function firstText(...candidates: unknown[]): string | undefined {
  return candidates.filter((candidate) => typeof candidate === 'string').find(Boolean);
}

function asText(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

import type { Exchange } from '../doctor/examination.ts';
import { member, textMember } from '../doctor/member.ts';
import { type Answer, probe } from '../doctor/probe.ts';
import * as fact from './facts.ts';
import { type Observation, observer } from './observation.ts';

/** What the platform in front of the functions does, seen in the examination's answers and at a path that is no function. */
export async function observeVercel(
  origin: string,
  exchanges: Exchange[],
  ask: { timeoutMs: number; headers: Record<string, string> },
): Promise<Observation[]> {
  const challenge = answerTo(exchanges, (each) => each.status === 401);
  const metadata = answerTo(exchanges, ({ url }) => url.includes('/.well-known/oauth-authorization-server'));
  const headers = { accept: 'text/plain', ...ask.headers };
  const missing = await probe(`${origin}/api/not-a-function`, { timeoutMs: ask.timeoutMs, headers });
  const vercel = observer('Vercel');
  return [
    vercel.value('`server` header', 'Vercel', fact.header(challenge, 'server')),
    vercel.names(
      'header names of the 401 of `/mcp`',
      'access-control-allow-origin, access-control-expose-headers, cache-control, content-type, referrer-policy, server, www-authenticate, x-content-type-options, x-request-id, x-vercel-id',
      fact.headerNames(challenge),
    ),
    vercel.names(
      'header names of the metadata',
      'access-control-allow-origin, access-control-expose-headers, cache-control, content-type, referrer-policy, server, x-content-type-options, x-request-id, x-vercel-id',
      fact.headerNames(metadata),
    ),
    vercel.value(
      '`cache-control` of the metadata',
      'public, max-age=300',
      fact.header(metadata, 'cache-control'),
    ),
    vercel.value(
      'answer to a path under `/api/` without a function',
      '404 text/plain; charset=utf-8',
      fact.outcomeOf(missing),
    ),
    vercel.value('`x-vercel-error` of that answer', 'NOT_FOUND', fact.header(missing, 'x-vercel-error')),
    vercel.names(
      'header names of that answer',
      'cache-control, content-type, server, x-vercel-error, x-vercel-id',
      fact.headerNames(missing),
    ),
  ];
}

/** What this server itself answers. It should be the same everywhere. */
export function observeTokens(exchanges: Exchange[], tokenEndpoint: string | undefined): Observation[] {
  const issued = exchanges.filter(({ url }) => url === tokenEndpoint);
  const granted = (type: string) =>
    issued.findLast(
      ({ body, answer }) =>
        body instanceof URLSearchParams &&
        body.get('grant_type') === type &&
        'status' in answer &&
        answer.status === 200,
    );
  const [code, refreshed] = [granted('authorization_code'), granted('refresh_token')];
  const old = refreshed?.body instanceof URLSearchParams ? refreshed.body.get('refresh_token') : undefined;
  const replaced =
    refreshed && 'json' in refreshed.answer
      ? String(textMember(refreshed.answer.json, 'refresh_token') !== old)
      : undefined;
  const own = observer('This server');
  return [
    own.names(
      'members of the token response',
      'access_token, expires_in, refresh_token, scope, token_type',
      fact.memberNames(code?.answer),
    ),
    own.value('`expires_in` of an access token', '2592000', fact.jsonMember(code?.answer, 'expires_in')),
    own.value(
      '`cache-control` of the token response',
      'no-store',
      fact.header(code?.answer, 'cache-control'),
    ),
    own.value('a refresh returns another refresh token', 'true', replaced),
  ].map((each) => (code ? each : { ...each, seen: undefined }));
}

/** The first answer of the examination that satisfies a condition. */
export function answerTo(exchanges: Exchange[], isWanted: (answer: Answer) => boolean): Answer | undefined {
  for (const { answer } of exchanges) if (!('failed' in answer) && isWanted(answer)) return answer;
  return undefined;
}

/** Whether a value is the `details` of `/health`, which only the holder of CRON_SECRET sees. */
export function healthDetail(json: unknown, name: string): string | undefined {
  const found = member(member(json, 'details'), name);
  return found === undefined ? undefined : String(found);
}

import { bearer } from '../doctor/mcp.ts';
import { probe } from '../doctor/probe.ts';
import type { VerifyArguments } from './arguments.ts';
import * as fact from './facts.ts';
import type { Observation } from './observation.ts';

/** What the store's REST API answers to a PING, to a wrong token and to a command that does not exist. */
export async function observeUpstash(
  store: NonNullable<VerifyArguments['store']>,
  timeoutMs: number,
): Promise<Observation[]> {
  const run = (command: string[], token: string) =>
    probe(store.url, { method: 'POST', headers: bearer(token), body: command, timeoutMs });
  const [ping, refused, unknown] = [
    await run(['PING'], store.token),
    await run(['PING'], 'made-up-by-verify'),
    await run(['NOSUCHCOMMAND'], store.token),
  ];
  const upstash = (subject: string, expected: string, seen: string | undefined): Observation => ({
    platform: 'Upstash',
    subject,
    expected,
    seen,
  });
  return [
    upstash('PING', '200 application/json', fact.outcomeOf(ping)),
    upstash('its result', 'PONG', fact.jsonMember(ping, 'result')),
    upstash('its header names', '', fact.headerNames(ping)),
    upstash('a wrong token', '', fact.outcomeOf(refused)),
    upstash('a command that does not exist', '', fact.outcomeOf(unknown)),
  ];
}

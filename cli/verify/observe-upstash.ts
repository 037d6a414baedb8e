import { bearer } from '../doctor/mcp.ts';
import { probe } from '../doctor/probe.ts';
import type { VerifyArguments } from './arguments.ts';
import * as fact from './facts.ts';
import { type Observation, observer } from './observation.ts';

/** What the store's REST API answers to a PING, to a wrong token and to an invalid command. */
export async function observeUpstash(
  store: NonNullable<VerifyArguments['store']>,
  timeoutMs: number,
): Promise<Observation[]> {
  const run = (command: string[], token: string) =>
    probe(store.url, { method: 'POST', headers: bearer(token), body: command, timeoutMs });
  const [ping, refused, invalid] = [
    await run(['PING'], store.token),
    await run(['PING'], 'made-up-by-verify'),
    await run(['GET'], store.token),
  ];
  const upstash = observer('Upstash');
  return [
    upstash.value('answer to PING', '200 application/json', fact.outcomeOf(ping)),
    upstash.value('result of PING', 'PONG', fact.jsonMember(ping, 'result')),
    upstash.names('header names of that answer', 'content-type', fact.headerNames(ping)),
    upstash.value(
      'answer to a wrong token',
      '401 application/json, WRONGPASS invalid or missing auth token',
      fact.outcomeOf(refused),
    ),
    upstash.value(
      'answer to GET without a key',
      "400 application/json, ERR wrong number of arguments for 'get' command",
      fact.outcomeOf(invalid),
    ),
  ];
}

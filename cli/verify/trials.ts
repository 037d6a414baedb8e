import { setTimeout as sleep } from 'node:timers/promises';
import { describe } from '../doctor/describe.ts';
import { keepSecret } from '../doctor/examination.ts';
import { bearer, initializeParams, legacyCall, notifyInitialized } from '../doctor/mcp.ts';
import { member, textMember } from '../doctor/member.ts';
import { send } from '../doctor/send.ts';
import { broken, kept, notTried, type Trial } from './trial.ts';

/** Requests at once, so that a platform which scales with load starts further instances. */
const concurrentRequests = 12;
/** A revoked access token must be refused everywhere after a minute. */
const revocationLimitMs = 70_000;
const revocationIntervalMs = 5_000;

/** Registers the same client a second time. */
const registeredTwice: Trial = {
  promise: 'The same registration always gets the same client_id',
  after: 'registration',
  async run(examination, exchanges) {
    const endpoint = examination.server?.registrationEndpoint;
    const first = exchanges.findLast(({ method, url }) => method === 'POST' && url === endpoint);
    const id = first && 'json' in first.answer ? textMember(first.answer.json, 'client_id') : undefined;
    if (!endpoint || !first || id === undefined) return notTried('no client was registered');
    const request = { method: 'POST', body: first.body } as const;
    const again = await send(examination, endpoint, request, 'registration');
    if ('failed' in again) return broken(describe(again));
    keepSecret(
      examination,
      textMember(again.json, 'client_secret'),
      textMember(again.json, 'registration_access_token'),
    );
    const second = textMember(again.json, 'client_id');
    if (second === undefined) return broken(describe(again));
    return second === id
      ? kept('The second registration got the same client_id.')
      : broken('The second registration got another client_id, and another application in the tenant.');
  },
};

/** Sends many requests at once without the session header. */
const withoutSessionHeader: Trial = {
  promise: 'A session works without its header, on every instance',
  after: 'protocol-2026-07-28',
  async run(examination) {
    const token = examination.signedIn?.tokens.access;
    if (!token) return notTried('not signed in');
    const begun = await legacyCall(examination, { method: 'initialize', params: initializeParams, token });
    if ('failed' in begun.answer || begun.result === undefined) return broken(describe(begun.answer));
    const session = begun.answer.headers.get('mcp-session-id');
    if (!session) return notTried('the server keeps no sessions');
    await notifyInitialized(examination, token);
    const call = { method: 'tools/list', token };
    const replies = await Promise.all(
      Array.from({ length: concurrentRequests }, () => legacyCall(examination, call)),
    );
    const headers = { 'mcp-session-id': session };
    const withHeader = await legacyCall(examination, { ...call, headers });
    await send(examination, examination.resource, {
      method: 'DELETE',
      headers: { ...headers, ...bearer(token) },
    });
    const failed = [...replies, withHeader].find(({ result }) => result === undefined);
    if (failed) return broken(describe(failed.answer));
    const instances = new Set(
      replies.flatMap(({ answer }) => ('headers' in answer && answer.headers.get('x-local-instance')) || []),
    );
    const from = instances.size
      ? `They came from ${instances.size} instances.`
      : 'The platform does not say which instances they came from.';
    const slowestMs = Math.max(...replies.map(({ answer }) => answer.ms));
    return kept(`${concurrentRequests} requests at once, answered within ${slowestMs} ms. ${from}`);
  },
};

/** Uses the access token until the server refuses it. */
const revokedAccessToken: Trial = {
  promise: 'A revocation takes effect everywhere within a minute',
  after: 'revocation',
  async run(examination, exchanges) {
    const token = examination.signedIn?.tokens.access;
    const endpoint = examination.server?.revocationEndpoint;
    const revoked = exchanges.some(
      ({ url, answer }) => url === endpoint && 'status' in answer && answer.status === 200,
    );
    if (!token || !endpoint || !revoked) return notTried('nothing was revoked');
    const started = performance.now();
    for (;;) {
      const call = { method: 'initialize', params: initializeParams, token };
      const { answer } = await legacyCall(examination, call);
      const elapsedMs = performance.now() - started;
      if ('status' in answer && answer.status === 401)
        return kept(`The access token was refused with 401 after ${Math.round(elapsedMs / 1000)} s.`);
      if (elapsedMs > revocationLimitMs)
        return broken(`After ${Math.round(elapsedMs / 1000)} s: ${describe(answer)}`);
      await sleep(revocationIntervalMs);
    }
  },
};

/** Asks the prune job what it would remove. */
function pruneDryRun(cronSecret: string | undefined): Trial {
  return {
    promise: 'The prune job runs, as a dry run',
    after: 'tenant-quota',
    async run(examination) {
      if (!cronSecret) return notTried('needs CRON_SECRET, and https');
      const answer = await send(examination, `${examination.url.origin}/api/cron/prune-clients?dry_run=1`, {
        headers: bearer(cronSecret),
      });
      if ('failed' in answer || answer.status !== 200) return broken(describe(answer));
      const count = (name: string) => {
        const list = member(answer.json, name);
        return Array.isArray(list) ? list.length : undefined;
      };
      const [removed, callbacks] = [count('removed'), count('callbacks_removed')];
      if (member(answer.json, 'dry_run') !== true || removed === undefined)
        return broken('The answer is not the report of a dry run.');
      if (member(answer.json, 'complete') !== true) return broken('It reached its time limit.');
      return kept(`It would remove ${removed} clients and ${callbacks} callbacks. ${answer.ms} ms.`);
    },
  };
}

/** Every promise beyond the doctor's checks. */
export function trialsWith(cronSecret: string | undefined): Trial[] {
  return [registeredTwice, withoutSessionHeader, revokedAccessToken, pruneDryRun(cronSecret)];
}

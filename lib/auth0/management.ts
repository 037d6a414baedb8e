import { setTimeout as sleep } from 'node:timers/promises';
import type { SignInConfig } from '../config.ts';
import { log } from '../log.ts';
import { type Output, type Schema, z } from '../schema.ts';
import { TenantError, type TenantErrorKind } from './errors.ts';
import { managementToken } from './management-token.ts';
import { retryAfterOf } from './rate-limit.ts';
import { askTenant, type Deadline, deadlineIn, type TenantAnswer, type TenantRequest } from './request.ts';

export type ManagementRequest = Pick<TenantRequest, 'method' | 'path' | 'query' | 'json' | 'deadline'>;

/** Milliseconds granted to a call that names no deadline. */
const defaultTimeoutMs = 6000;

/** What this server does through the Management API: registers, shares and prunes applications. */
export const managementScopes = [
  'create:clients',
  'read:clients',
  'update:clients',
  'delete:clients',
  'read:connections',
  'update:connections',
];

/** What it needs in addition with organizations: to look them up, and whether somebody is still a member. */
export const organizationScopes = ['read:organizations'];

/** Seconds after which a token that lacks a scope is exchanged once: the grant may have been widened since. */
const scopeDoubtSeconds = 60;

const errorBody = z.object({ errorCode: z.string().optional(), message: z.string().optional() });

/**
 * A Management API call. Waits out rate limits while the deadline allows, replaces a token that the tenant
 * no longer takes, and once repeats an idempotent call that got no answer.
 *
 * @param schema what the answer must look like; `z.unknown()` where it does not matter.
 * @throws TenantError
 */
export async function manage<S extends Schema>(
  config: SignInConfig,
  request: ManagementRequest,
  schema: S,
): Promise<Output<S>> {
  const deadline = request.deadline ?? deadlineIn(defaultTimeoutMs);
  const what = `${request.method} ${request.path}`;
  let spent: string | undefined;
  let repeats = request.method === 'POST' ? 0 : 1;
  for (;;) {
    const { token, issuedAtSeconds } = await managementToken(config, deadline, spent);
    let answer: TenantAnswer;
    try {
      answer = await askTenant(config.oauth, { ...request, bearer: token, deadline });
    } catch (error) {
      if (repeats-- > 0 && Date.now() < deadline) continue;
      throw error;
    }
    if (answer.status < 300) {
      const parsed = schema.safeParse(answer.body);
      if (parsed.success) return parsed.data;
      throw new TenantError('unavailable', `${what} was answered in an unknown shape`);
    }
    const refused = judge(answer, what);
    const age = Date.now() / 1000 - issuedAtSeconds;
    const replaceable =
      refused.kind === 'unauthorized' || (refused.kind === 'forbidden-scope' && age > scopeDoubtSeconds);
    if (replaceable && spent === undefined) {
      spent = token;
      continue;
    }
    if (refused.kind === 'rate-limited' && (await waited(refused.retryAfterSeconds ?? 1, deadline))) continue;
    throw refused;
  }
}

const kinds: Record<number, TenantErrorKind> = {
  401: 'unauthorized',
  403: 'forbidden-scope',
  404: 'not-found',
  429: 'rate-limited',
};

function judge({ status, headers, body }: TenantAnswer, what: string): TenantError {
  const { errorCode, message } = errorBody.safeParse(body).data ?? {};
  const quota = errorCode === 'too_many_entities';
  const kind = quota ? 'quota' : (kinds[status] ?? 'invalid');
  const retryAfterSeconds = kind === 'rate-limited' ? retryAfterOf(headers) : undefined;
  // The tenant's own words name the missing scope or the refused property: what its owner needs.
  if (kind === 'forbidden-scope' || kind === 'invalid' || kind === 'quota')
    log('error', 'the tenant refused', {
      call: what.slice(0, 60),
      status,
      errorCode,
      message: message?.slice(0, 200),
    });
  return new TenantError(kind, `${what} answered ${status}`, { retryAfterSeconds });
}

/** Waits a little longer than told, so that several waiters do not return together; false when time is too short. */
async function waited(seconds: number, deadline: Deadline): Promise<boolean> {
  const wait = seconds * 1000 + 50 + Math.random() * 200;
  if (Date.now() + wait >= deadline) return false;
  await sleep(wait);
  return true;
}

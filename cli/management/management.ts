import { setTimeout as sleep } from 'node:timers/promises';
import type { z } from 'zod';
import { TenantError } from '../../lib/auth0/errors.ts';
import { retryAfterOf } from '../../lib/auth0/rate-limit.ts';
import { askTenant, type TenantAnswer, type TenantRequest } from '../../lib/auth0/request.ts';
import { CommandFailure } from '../failure.ts';
import type { AnyCall, ManagementCall } from './management-call.ts';
import { managementRefusal, unknownAnswer } from './refusal.ts';

/** The tenant's Management API, without deletion: setup never deletes anything. Both functions throw `CommandFailure`. */
export type Management = {
  call<T>(request: ManagementCall, schema: z.ZodType<T>): Promise<T>;
  /** Returns undefined if the tenant answers 404. */
  find<T>(request: ManagementCall, schema: z.ZodType<T>): Promise<T | undefined>;
};

/** The tenant's Management API for commands that also delete. */
export type DeletingManagement = Management & {
  /** Deletes what the path names. Something that is already gone counts as deleted. Throws `CommandFailure`. */
  remove(path: string): Promise<void>;
};

/** How often a call is sent while the tenant limits its rate. */
const mostAttempts = 6;

/**
 * Opens the Management API with a token. Waits if the tenant limits the rate.
 *
 * @param onWait receives the seconds before each wait.
 */
export function openManagement(
  tenant: string,
  token: string,
  onWait: (seconds: number) => void,
): DeletingManagement {
  const send = async ({ path, ...request }: AnyCall): Promise<TenantAnswer> => {
    for (let attempt = 1; ; attempt++) {
      const answer = await ask(tenant, { ...request, path: `/api/v2${path}`, bearer: token });
      if (answer.status !== 429 || attempt === mostAttempts) return answer;
      const seconds = Math.ceil(Math.max(attempt, retryAfterOf(answer.headers)));
      onWait(seconds);
      await sleep(seconds * 1000);
    }
  };
  const read = <T>(request: ManagementCall, answer: TenantAnswer, schema: z.ZodType<T>): T => {
    if (answer.status >= 300) throw managementRefusal(request, answer);
    const parsed = schema.safeParse(answer.body);
    if (!parsed.success) throw unknownAnswer(request, parsed.error);
    return parsed.data;
  };
  return {
    call: async (request, schema) => read(request, await send(request), schema),
    find: async (request, schema) => {
      const answer = await send(request);
      return answer.status === 404 ? undefined : read(request, answer, schema);
    },
    remove: async (path) => {
      const request = { method: 'DELETE', path } as const;
      const answer = await send(request);
      if (answer.status >= 300 && answer.status !== 404) throw managementRefusal(request, answer);
    },
  };
}

/** Sends a request to the tenant. Throws `CommandFailure` if it does not answer or fails. */
export async function ask(tenant: string, request: TenantRequest): Promise<TenantAnswer> {
  try {
    return await askTenant({ tenant }, request);
  } catch (cause) {
    if (!(cause instanceof TenantError)) throw cause;
    throw new CommandFailure(
      `${tenant} does not answer: ${cause.message}.`,
      'Check the tenant domain, this machine’s connection and status.auth0.com. Then run the command again: it continues where it stopped.',
      { cause },
    );
  }
}

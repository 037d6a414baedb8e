import { TenantError } from '../../lib/auth0/errors.ts';
import { StoreUnavailable } from '../../lib/store/redis.ts';
import { CommandFailure } from '../failure.ts';
import { styled } from '../terminal.ts';
import type { Plan, Report } from './command.ts';

/** What a command would do, as text or as one JSON document. */
export function planText({ lines, json }: Plan, asJson: boolean): string {
  return asJson ? document({ state: 'planned', ...json }) : `${lines.join('\n')}\n`;
}

/** What a command found or did, as text or as one JSON document. */
export function reportText({ lines, json, incomplete = [] }: Report, asJson: boolean): string {
  if (asJson) {
    const state = incomplete.length ? 'incomplete' : 'done';
    return document({ state, ...json, ...(incomplete.length && { incomplete }) });
  }
  const undone = incomplete.map((reason) => `${styled('yellow', '!')} ${reason}`);
  return `${[...lines, ...undone].join('\n')}\n`;
}

/** A failure as text or as one JSON document. */
export function failureText({ message, fix }: CommandFailure, asJson: boolean): string {
  return asJson ? document({ state: 'failed', message, fix }) : `${message}\n${fix}\n`;
}

/** The error as a failure with its fix; undefined if it is unexpected. */
export function failureOf(error: unknown): CommandFailure | undefined {
  if (error instanceof CommandFailure) return error;
  const reason =
    error instanceof Error && error.cause instanceof Error ? error.cause.message : 'no reason given';
  if (error instanceof StoreUnavailable)
    return new CommandFailure(
      `${reason}.`,
      'Check UPSTASH_REDIS_REST_URL and UPSTASH_REDIS_REST_TOKEN, then run the command again: it continues where it stopped.',
      { cause: error },
    );
  if (error instanceof TenantError)
    return new CommandFailure(
      `The tenant did not do it: ${reason}.`,
      'Check AUTH0_DOMAIN, the application’s credentials and status.auth0.com, then run the command again: it continues where it stopped.',
      { cause: error },
    );
  return undefined;
}

function document(content: Record<string, unknown>): string {
  return `${JSON.stringify(content, null, 2)}\n`;
}

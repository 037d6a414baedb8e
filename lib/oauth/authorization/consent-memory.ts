import { createHash } from 'node:crypto';
import type { Config } from '../../config.ts';
import { readCookie, setCookie } from '../../http/cookies.ts';
import type { Context } from '../../http/endpoint.ts';
import { open, seal } from '../../sealing.ts';
import type { Authorization } from './request.ts';

const cookie = 'consents';
/** Seconds that a decision is remembered. */
const lifetime = 30 * 24 * 3600;
/** Characters of JSON kept, so that the sealed cookie stays below browsers' 4096 bytes. */
const longest = 2400;

/** One remembered approval: client and redirect URI (hashed), the approved scopes, seconds of its end. */
type Approval = [client: string, scopes: string, expires: number];

/** What this browser's user has approved, newest last. */
export type ConsentMemory = {
  /** The browser's secret for its sign-ins, kept here so that several at once share it. */
  browser: string;
  approvals: Approval[];
};

type Asker = Pick<Authorization, 'clientId' | 'redirectUri'>;

const clientOf = ({ clientId, redirectUri }: Asker) =>
  createHash('sha256')
    .update(JSON.stringify([clientId, redirectUri]))
    .digest('base64url')
    .slice(0, 20);

const now = () => Math.floor(Date.now() / 1000);

/** The browser's remembered decisions; undefined when there are none, or not of our sealing. */
export async function readConsentMemory(
  request: Request,
  { config, origin }: Context,
): Promise<ConsentMemory | undefined> {
  const sealed = readCookie(request, origin, cookie);
  if (!sealed) return undefined;
  const opened = await open<ConsentMemory>(config, 'consent-memory', sealed);
  return 'value' in opened ? opened.value : undefined;
}

/** Whether everything asked for was approved before, for this very client and redirect URI. */
export function isRemembered(
  memory: ConsentMemory | undefined,
  asked: Asker & { scopes: readonly string[] },
): boolean {
  const client = clientOf(asked);
  const approval = memory?.approvals.find(([each, , expires]) => each === client && expires > now());
  const approved = new Set(approval?.[1].split(' '));
  return approval !== undefined && asked.scopes.every((scope) => approved.has(scope));
}

/** The memory with one more approval, which replaces what was approved for that client; the oldest give way. */
export function withApproval(
  memory: ConsentMemory,
  approved: Asker & { scopes: readonly string[] },
): ConsentMemory {
  const client = clientOf(approved);
  const approvals = memory.approvals.filter(([each, , expires]) => each !== client && expires > now());
  approvals.push([client, approved.scopes.join(' '), now() + lifetime]);
  while (JSON.stringify(approvals).length > longest) approvals.shift();
  return { ...memory, approvals };
}

/** The `Set-Cookie` value that keeps the memory in the browser. */
export async function consentMemoryCookie(
  config: Config,
  origin: string,
  memory: ConsentMemory,
): Promise<string> {
  return setCookie(origin, cookie, await seal(config, 'consent-memory', memory, lifetime), lifetime);
}

/**
 * The cookie that remembers what the user has just approved. Only a finished sign-in is remembered, so that a
 * user who goes back from the tenant can still decide otherwise.
 *
 * @param browser the browser's secret for its sign-ins.
 */
export async function rememberApproval(
  request: Request,
  context: Context,
  approved: Asker & { scopes: readonly string[] },
  browser: string,
): Promise<string> {
  const memory = (await readConsentMemory(request, context)) ?? { browser, approvals: [] };
  return consentMemoryCookie(context.config, context.origin, withApproval(memory, approved));
}

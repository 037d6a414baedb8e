import type { SignInConfig } from '../../config.ts';
import { readCookie, setCookie } from '../../http/cookies.ts';
import type { SignInContext } from '../../http/endpoint.ts';
import { z } from '../../schema.ts';
import { open, seal } from '../../sealing.ts';
import { sha256 } from '../../sha256.ts';
import { runsOnUsersDevice } from '../client/redirect-uri.ts';
import type { Authorization } from './request.ts';

const cookie = 'consents';
/** Seconds that a decision is remembered. */
const lifetimeSeconds = 30 * 86_400;
/** Characters of JSON kept, so that the sealed cookie stays below browsers' 4096 bytes. */
const maxLength = 2400;

/**
 * One remembered approval: origin, client, redirect URI and organization (hashed), the user (hashed), the scopes, when it
 * ends.
 */
const approval = z.tuple([z.string(), z.string(), z.string(), z.number()]);
type Approval = z.infer<typeof approval>;

const consentMemory = z.object({
  /** The browser's secret for its sign-ins, kept here so that several at once share it. */
  browser: z.string(),
  approvals: z.array(approval),
});

/** What the users of this browser have approved, newest last. */
export type ConsentMemory = z.infer<typeof consentMemory>;

type Asker = Pick<Authorization, 'clientId' | 'redirectUri' | 'organization'>;
type Asked = Asker & Pick<Authorization, 'scopes'>;

const short = (text: string) => sha256(text).slice(0, 20);
const clientOf = (origin: string, { clientId, redirectUri, organization }: Asker) =>
  short(JSON.stringify([origin, clientId, redirectUri, ...(organization ? [organization.id] : [])]));

const nowSeconds = () => Math.floor(Date.now() / 1000);

/** The browser's remembered decisions; undefined if there are none, or they were not sealed by us. */
export function readConsentMemory(
  request: Request,
  { config, origin }: SignInContext,
): ConsentMemory | undefined {
  const opened = open(config, 'consent-memory', consentMemory, readCookie(request, origin, cookie) ?? '');
  return 'value' in opened ? opened.value : undefined;
}

function approvalsOf(memory: ConsentMemory | undefined, origin: string, asker: Asker): Approval[] {
  const client = clientOf(origin, asker);
  return memory?.approvals.filter(([each, , , ends]) => each === client && ends > nowSeconds()) ?? [];
}

/** Whether somebody has approved this client and redirect URI in this browser. */
export function hasApproved(memory: ConsentMemory | undefined, origin: string, asker: Asker): boolean {
  return approvalsOf(memory, origin, asker).length > 0;
}

/**
 * Whether everything asked for was approved before in this browser, for this client and redirect URI; by whom, is known
 * only after the sign-in. Never for an app on the user's device: any local program can listen on a loopback port or
 * claim a private-use scheme, so the user is asked each time (RFC 8252 section 8.6).
 *
 * @param user the hash of the user who must have approved; anyone unless given.
 */
export function isRemembered(
  memory: ConsentMemory | undefined,
  origin: string,
  asked: Asked,
  user?: string,
): boolean {
  if (runsOnUsersDevice(asked.redirectUri)) return false;
  return approvalsOf(memory, origin, asked).some(([, by, scopes]) => {
    const approved = new Set(scopes.split(' '));
    return (user === undefined || by === short(user)) && asked.scopes.every((scope) => approved.has(scope));
  });
}

/** The memory with one more approval, which replaces what this user approved for that client; the oldest give way. */
export function withApproval(
  memory: ConsentMemory,
  origin: string,
  approved: Asked,
  user: string,
): ConsentMemory {
  const client = clientOf(origin, approved);
  const by = short(user);
  const approvals = memory.approvals.filter(
    ([each, who, , ends]) => !(each === client && who === by) && ends > nowSeconds(),
  );
  approvals.push([client, by, approved.scopes.join(' '), nowSeconds() + lifetimeSeconds]);
  while (JSON.stringify(approvals).length > maxLength) approvals.shift();
  return { ...memory, approvals };
}

/** The `Set-Cookie` value that keeps the memory in the browser. */
export function consentMemoryCookie(config: SignInConfig, origin: string, memory: ConsentMemory): string {
  return setCookie(origin, cookie, seal(config, 'consent-memory', memory, lifetimeSeconds), lifetimeSeconds);
}

/**
 * The cookie that remembers what a user has just approved. Only a finished sign-in is remembered, so that a user who
 * goes back from the tenant can still decide otherwise.
 *
 * @param browser the browser's secret for its sign-ins.
 * @param user the hash of the user who signed in.
 */
export function rememberApproval(
  request: Request,
  context: SignInContext,
  approved: Asked,
  { browser, user }: { browser: string; user: string },
): string {
  const memory = readConsentMemory(request, context) ?? { browser, approvals: [] };
  return consentMemoryCookie(
    context.config,
    context.origin,
    withApproval(memory, context.origin, approved, user),
  );
}

import { randomUUID } from 'node:crypto';
import { userHash } from '../access-token/principal.ts';
import { readCookie, setCookie } from '../http/cookies.ts';
import type { SignInContext } from '../http/endpoint.ts';
import { keptOrganization } from '../organizations/organization.ts';
import { z } from '../schema.ts';
import { open, seal } from '../sealing.ts';

const cookie = 'connections';
/** Seconds that a user stays signed in to the page. */
export const sessionLifetimeSeconds = 3600;

const session = z.object({
  /** Binds the page's forms to this sign-in. */
  id: z.string(),
  issuer: z.string(),
  subject: z.string().min(1),
  /** The organization that the user signed in to: the page shows what was connected in it. */
  organization: keptOrganization.optional(),
  /** What to call the user on the page. */
  name: z.string().optional(),
  /** Our origin where the user signed in: it counts nowhere else. */
  origin: z.string(),
  signedInAtSeconds: z.number(),
  /** Whether the tenant gave no access to the user’s connected accounts, because it is not set up for that. */
  withoutAccounts: z.boolean().optional(),
});

/** Somebody signed in to the connections page; the browser keeps it, sealed, so nothing is kept here. */
export type Session = z.infer<typeof session>;

/** A new session, which the browser does not hold yet. */
export function newSession(
  { config, origin }: SignInContext,
  {
    subject,
    organization,
    name,
    withoutAccounts,
  }: Pick<Session, 'subject' | 'organization' | 'name' | 'withoutAccounts'>,
): Session {
  return {
    id: randomUUID(),
    issuer: config.oauth.issuer,
    subject,
    organization,
    // Cookies hold 4096 bytes.
    name: name?.slice(0, 200),
    origin,
    signedInAtSeconds: Math.floor(Date.now() / 1000),
    ...(withoutAccounts && { withoutAccounts }),
  };
}

/** The `Set-Cookie` value of a session that starts. */
export function startSession({ config, origin }: SignInContext, started: Session): string {
  const sealed = seal(config, 'connections-session', started, sessionLifetimeSeconds);
  return setCookie(origin, cookie, sealed, sessionLifetimeSeconds);
}

/** Who is signed in to the page in this browser; undefined if nobody is, at this origin and tenant. */
export function readSession(request: Request, { config, origin }: SignInContext): Session | undefined {
  const sealed = readCookie(request, origin, cookie) ?? '';
  const opened = open(config, 'connections-session', session, sealed);
  if ('failure' in opened) return undefined;
  const { value } = opened;
  return value.origin === origin && value.issuer === config.oauth.issuer ? value : undefined;
}

/** The `Set-Cookie` value that ends the session in this browser. */
export function endSession(origin: string): string {
  return setCookie(origin, cookie, '', 0);
}

/** The session's user outside organizations, by whom an operator signs a user out. */
export function personOf({ issuer, subject }: Session): string {
  return userHash({ issuer, subject });
}

/** The session's user, as the key of their data. */
export function userOf(session: Session): string {
  return userHash(session);
}

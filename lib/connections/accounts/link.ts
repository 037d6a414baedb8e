import { type AccountLink, readAccountLink } from '../../access-token/account-link.ts';
import { connectionsOf } from '../../access-token/connections.ts';
import { grantsEndedBeforeSeconds } from '../../access-token/sign-out.ts';
import { readStandingOf } from '../../access-token/standing.ts';
import type { SignInContext } from '../../http/endpoint.ts';
import type { Result } from '../../result.ts';
import { personOf, type Session, userOf } from '../session.ts';

/** Why a link is no use: unknown, used, too old or of a connection that has ended; for another user; signed out since. */
export type LinkRefusal = 'over' | 'other-user' | 'signed-out';

/** A link that its user may follow, and what the client that asked is called. */
export type OpenLink = { link: AccountLink; clientName: string | undefined };

/** The name of a link in a URL or form: anything else is not looked up. */
export function isLinkId(id: string | undefined): id is string {
  return id !== undefined && /^[\w-]{32}$/.test(id);
}

/**
 * What a link is for, if whoever is signed in to the page may follow it. Nothing is said to anybody else, not even whether
 * the link exists.
 *
 * @param taken the link, if it has been taken.
 * @throws StoreUnavailable
 */
export async function openLink(
  { config, origin }: SignInContext,
  session: Session,
  id: string,
  taken?: AccountLink,
): Promise<Result<OpenLink, LinkRefusal>> {
  const user = userOf(session);
  const person = personOf(session);
  const [link, endedBeforeSeconds] = await Promise.all([
    taken ?? readAccountLink(config, id),
    grantsEndedBeforeSeconds(config, person),
  ]);
  if (session.signedInAtSeconds < endedBeforeSeconds) return { failure: 'signed-out' };
  if (!link || link.origin !== origin || !config.oauth.connectedAccounts.includes(link.connection))
    return { failure: 'over' };
  if (link.user !== user) return { failure: 'other-user' };
  const { grantId, clientId, signedInAtSeconds } = link;
  const [standing, connections] = await Promise.all([
    readStandingOf(config, { id: grantId, clientId, signedInAtSeconds, user: person }),
    connectionsOf(config, user),
  ]);
  if (standing.ended) return { failure: 'over' };
  const clientName = connections.find(({ id }) => id === grantId)?.clientName;
  return { value: { link, clientName } };
}

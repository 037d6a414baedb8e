import { linkLifetimeSeconds } from '../../access-token/account-link.ts';
import type { SignInContext } from '../../http/endpoint.ts';
import { OAuthError } from '../../http/errors.ts';
import type { Parameters } from '../../http/parameters.ts';
import { z } from '../../schema.ts';
import { open, seal } from '../../sealing.ts';
import type { Session } from '../session.ts';

/** The field that carries the sealed form. */
export const formField = 'form';

const form = z.object({ session: z.string(), link: z.string() });

/** The hidden field of the page that asks whether to connect an account: bound to the sign-in and the link. */
export function sealAccountForm({ config }: SignInContext, { id }: Session, link: string): string {
  return seal(
    config,
    'account-form',
    { session: id, link } satisfies z.infer<typeof form>,
    linkLifetimeSeconds,
  );
}

/**
 * The link that a submitted form is about.
 *
 * @throws OAuthError `access_denied` (403) if it was made for another sign-in, `invalid_request` if it was not made by us or
 * is too old.
 */
export function openAccountForm({ config }: SignInContext, { id }: Session, parameters: Parameters): string {
  const opened = open(config, 'account-form', form, parameters.get(formField) ?? '');
  if ('failure' in opened)
    throw new OAuthError(
      'invalid_request',
      opened.failure === 'expired' ? 'This page has been open for too long.' : 'The form is incomplete.',
    );
  if (opened.value.session === id) return opened.value.link;
  throw new OAuthError('access_denied', 'The page belonged to another sign-in.', { status: 403 });
}

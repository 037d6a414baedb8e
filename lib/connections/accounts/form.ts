import { linkLifetimeSeconds } from '../../access-token/account-link.ts';
import type { SignInContext } from '../../http/endpoint.ts';
import { OAuthError } from '../../http/errors.ts';
import type { Parameters } from '../../http/parameters.ts';
import { openSealedForm } from '../../http/sealed-form.ts';
import { z } from '../../schema.ts';
import { seal } from '../../sealing.ts';
import { formField } from '../form.ts';
import type { Session } from '../session.ts';

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
  const { session, link } = openSealedForm(config, 'account-form', form, parameters.get(formField));
  if (session === id) return link;
  throw new OAuthError('access_denied', 'The page belonged to another sign-in.', { status: 403 });
}

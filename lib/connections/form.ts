import type { SignInContext } from '../http/endpoint.ts';
import type { Parameters } from '../http/parameters.ts';
import { openSealedForm } from '../http/sealed-form.ts';
import { z } from '../schema.ts';
import { seal } from '../sealing.ts';
import { type Session, sessionLifetimeSeconds } from './session.ts';

/** The field that carries a sealed form. */
export const formField = 'form';

const action = z.discriminatedUnion('action', [
  z.object({ action: z.literal('disconnect'), grant: z.string() }),
  z.object({ action: z.literal('disconnect-all') }),
  z.object({ action: z.literal('disconnect-account'), account: z.string() }),
  z.object({ action: z.literal('sign-out') }),
]);

/** What a button of the page does. */
export type Action = z.infer<typeof action>;

const form = z.object({ session: z.string(), does: action });

/** A form's hidden field. What the button does is sealed with the session, so neither can be exchanged. */
export function sealForm({ config }: SignInContext, { id }: Session, does: Action): string {
  const sealed: z.infer<typeof form> = { session: id, does };
  return seal(config, 'connections-form', sealed, sessionLifetimeSeconds);
}

/**
 * What a submitted form does; undefined if it was made for another session.
 *
 * @throws OAuthError `invalid_request` if it was not made by us, or is too old.
 */
export function openForm(
  { config }: SignInContext,
  { id }: Session,
  parameters: Parameters,
): Action | undefined {
  const { session, does } = openSealedForm(config, 'connections-form', form, parameters.get(formField));
  return session === id ? does : undefined;
}

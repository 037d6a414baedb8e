import type { Config } from '../config.ts';
import type { Output, Schema } from '../schema.ts';
import { open, type Purpose } from '../sealing.ts';
import { OAuthError } from './errors.ts';

/**
 * What a submitted form of ours carries in its sealed field.
 *
 * @throws OAuthError `invalid_request`, for a page: the form is too old, or was not made by us.
 */
export function openSealedForm<S extends Schema>(
  config: Config,
  purpose: Purpose,
  schema: S,
  sealed: string | undefined,
): Output<S> {
  const opened = open(config, purpose, schema, sealed ?? '');
  if ('value' in opened) return opened.value;
  throw new OAuthError(
    'invalid_request',
    opened.failure === 'expired' ? 'This page has been open for too long.' : 'The form is incomplete.',
  );
}

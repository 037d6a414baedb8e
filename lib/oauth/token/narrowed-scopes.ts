import { OAuthError } from '../../http/errors.ts';
import { isScope } from '../../scope-rules.ts';

/**
 * The scopes of a grant that a refresh asks for (RFC 6749 section 6); all of them unless it names fewer.
 *
 * @throws OAuthError `invalid_scope` if it names more, or none of ours.
 */
export function narrowedScopes(granted: string[], asked: string | undefined): string[] {
  if (asked === undefined) return granted;
  const wanted = new Set(asked.split(' ').filter(Boolean));
  const narrowed = granted.filter((scope) => wanted.delete(scope));
  if (wanted.size > 0)
    throw new OAuthError('invalid_scope', 'A refresh cannot ask for more than was granted.');
  if (!narrowed.some(isScope)) throw new OAuthError('invalid_scope', 'No scope of this server is left.');
  return narrowed;
}

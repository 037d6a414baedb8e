import { grant } from '../../access-token/grant.ts';
import type { SignInConfig } from '../../config.ts';
import { z } from '../../schema.ts';
import { open, seal } from '../../sealing.ts';
import { realmOf } from '../../store/keys.ts';

const refreshToken = z.object({
  grant,
  /** Counts the refreshes of a grant: each answer carries the next number, so that a late replay can be noticed. */
  generation: z.number().int().nonnegative(),
});

/** What a refresh token of ours holds. */
export type RefreshToken = z.infer<typeof refreshToken>;

/** The form that was issued before access tokens were our own: see `earlier-refresh-token.ts`. */
const earlierRefreshToken = z.object({
  upstream: z.string(),
  signIn: z.string(),
  clientId: z.string(),
  application: z.string(),
  scopes: z.array(z.string()),
});

/** What a refresh token of the earlier form holds. */
export type EarlierRefreshToken = z.infer<typeof earlierRefreshToken>;

/** Seals a refresh token for the client. */
export function sealRefreshToken(config: SignInConfig, token: RefreshToken): string {
  return seal(config, 'refresh-token', token, config.refreshTokenLifetimeSeconds);
}

/** Opens a refresh token of ours; undefined if it is not valid, has expired, or belongs to another tenant. */
export function openRefreshToken(
  config: SignInConfig,
  sealed: string,
): RefreshToken | EarlierRefreshToken | undefined {
  const opened = open(config, 'refresh-token', z.union([refreshToken, earlierRefreshToken]), sealed);
  if ('failure' in opened) return undefined;
  if ('grant' in opened.value && opened.value.grant.realm !== realmOf(config)) return undefined;
  return opened.value;
}

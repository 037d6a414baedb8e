import type { SignInConfig } from '../../../config.ts';
import type { Result } from '../../../result.ts';
import { z } from '../../../schema.ts';
import type { Client, ClientKeys } from '../client.ts';
import { cleanClientName } from '../name.ts';
import { isAllowedRedirectUri } from '../redirect-uri.ts';

/** Longest URL taken: it is kept in a metadata value of the Auth0 application, which holds no more. */
const maxUrlLength = 255;

/** Whether a client id is meant as the URL of a metadata document; registered ids never look like one. */
export function isDocumentUrl(clientId: string): boolean {
  return clientId.startsWith('https://');
}

/**
 * Parses a client id as the draft prescribes: https, a path, neither fragment nor user info nor dot segments.
 * Only the normal form is taken, so that one client cannot go by several ids; dot segments, also as %2e, are not
 * part of it.
 */
export function parseDocumentUrl(clientId: string): URL | undefined {
  const url = clientId.length <= maxUrlLength ? URL.parse(clientId) : null;
  if (!url || url.href !== clientId || url.protocol !== 'https:' || clientId.includes('#')) return undefined;
  return url.username || url.password || url.pathname === '/' ? undefined : url;
}

/** A document is public, so it holds no secret: its client is public too, or signs with keys that the document names. */
const documentAuthMethods = ['none', 'private_key_jwt'] as const;

const document = z.object({
  client_id: z.string(),
  client_name: z.string().min(1),
  redirect_uris: z.array(z.string()).min(1).max(100),
  grant_types: z.array(z.string()).optional(),
  client_secret: z.never().optional(),
  client_secret_expires_at: z.never().optional(),
  token_endpoint_auth_method: z.enum(documentAuthMethods).optional(),
  jwks: z
    .object({
      keys: z
        .array(z.object({ kty: z.string() }).passthrough())
        .min(1)
        .max(20),
    })
    .passthrough()
    .optional(),
  jwks_uri: z
    .string()
    .refine((text) => URL.parse(text)?.protocol === 'https:')
    .optional(),
});

/** What of a document is kept and turned into a client again on each use. */
export const keptDocument = document.pick({
  client_name: true,
  redirect_uris: true,
  grant_types: true,
  token_endpoint_auth_method: true,
  jwks: true,
  jwks_uri: true,
});
export type KeptDocument = z.infer<typeof keptDocument>;

/** The parts of a document that we use, or why it is no good, in public words. */
export function readDocument(url: string, json: unknown): Result<KeptDocument, string> {
  const read = document.safeParse(json);
  if (!read.success) {
    const field = read.error.issues[0]?.path[0];
    return {
      failure: field === undefined ? 'it is not an object' : `its ${String(field)} is not acceptable`,
    };
  }
  if (read.data.client_id !== url) return { failure: 'its client_id is not its URL' };
  const kept = keptDocument.parse(read.data);
  if (kept.token_endpoint_auth_method === 'private_key_jwt' && !keysOf(kept))
    return { failure: 'its private_key_jwt needs a jwks or a jwks_uri' };
  return { value: kept };
}

function keysOf({ jwks, jwks_uri: jwksUri }: KeptDocument): ClientKeys | undefined {
  if (jwks) return { jwks };
  return jwksUri === undefined ? undefined : { jwksUri };
}

/**
 * The client that a document describes. Redirect URIs that we do not allow are left out, because one document serves every
 * server; undefined if none remains.
 */
export function documentClient(url: URL, document: KeptDocument, config: SignInConfig): Client | undefined {
  const redirectUris = document.redirect_uris.filter((uri) => isAllowedRedirectUri(uri, config));
  if (redirectUris.length === 0) return undefined;
  return {
    id: url.href,
    shortId: url.href,
    source: 'document',
    name: cleanClientName(document.client_name) ?? url.hostname,
    redirectUris,
    authMethod: document.token_endpoint_auth_method ?? 'none',
    keys: keysOf(document),
    usesRefreshToken: document.grant_types?.includes('refresh_token') ?? true,
  };
}

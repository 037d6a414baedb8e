import { z } from 'zod';
import type { SignInConfig } from '../../../config.ts';
import type { Result } from '../../../result.ts';
import type { Client } from '../client.ts';
import { cleanClientName } from '../name.ts';
import { isAllowedRedirectUri } from '../redirect-uri.ts';

/** Longest URL taken: it is kept in a metadata value of the Auth0 application, which holds no more. */
const longestUrl = 255;

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
  const url = clientId.length <= longestUrl ? URL.parse(clientId) : null;
  if (!url || url.href !== clientId || url.protocol !== 'https:' || clientId.includes('#')) return undefined;
  return url.username || url.password || url.pathname === '/' ? undefined : url;
}

const sharedSecretMethods = ['client_secret_post', 'client_secret_basic', 'client_secret_jwt'];

const document = z.object({
  client_id: z.string(),
  client_name: z.string().min(1),
  redirect_uris: z.array(z.string()).min(1).max(100),
  grant_types: z.array(z.string()).optional(),
  client_secret: z.never().optional(),
  client_secret_expires_at: z.never().optional(),
  token_endpoint_auth_method: z
    .string()
    .refine((method) => !sharedSecretMethods.includes(method))
    .optional(),
});

/** What of a document is kept and turned into a client again on each use. */
export const keptDocument = document.pick({ client_name: true, redirect_uris: true, grant_types: true });
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
  const { client_id, client_name, redirect_uris, grant_types } = read.data;
  if (client_id !== url) return { failure: 'its client_id is not its URL' };
  return { value: { client_name, redirect_uris, grant_types } };
}

/**
 * The client that a document describes. It is public whatever key it may announce: we offer no method with
 * keys, and PKCE binds its codes. Redirect URIs that we do not allow are left out, since one document serves
 * every server; undefined when none remains.
 */
export function documentClient(url: URL, document: KeptDocument, config: SignInConfig): Client | undefined {
  const redirectUris = document.redirect_uris.filter((uri) => isAllowedRedirectUri(uri, config));
  if (redirectUris.length === 0) return undefined;
  return {
    id: url.href,
    source: 'document',
    name: cleanClientName(document.client_name) ?? url.hostname,
    redirectUris,
    authMethod: 'none',
    usesRefreshToken: document.grant_types?.includes('refresh_token') ?? true,
  };
}

import { deflateRawSync, inflateRawSync } from 'node:zlib';
import type { SignInConfig } from '../../config.ts';
import { z } from '../../schema.ts';
import { isSameText, macs } from '../../sealing.ts';
import { sha256 } from '../../sha256.ts';
import type { Registration } from './application/record.ts';
import { registrationAuthMethods } from './client.ts';

const prefix = 'self.';

/** Largest registration inside an id, in bytes of JSON. */
const maxLength = 8192;

const carried = z.object({
  name: z.string(),
  redirectUris: z.array(z.string()).min(1),
  authMethod: z.enum(registrationAuthMethods),
  usesRefreshToken: z.boolean(),
});

/**
 * A client id that carries its registration, authenticated: for when there is little room for Auth0 applications. Such a
 * registration leaves nothing at the tenant or in the store. The same registration gets the same id.
 */
export function selfContainedId(config: SignInConfig, registration: Registration): string {
  const { name, redirectUris, authMethod, usesRefreshToken } = registration;
  const json = JSON.stringify({ name, redirectUris, authMethod, usesRefreshToken });
  const content = deflateRawSync(json).toString('base64url');
  return `${prefix}${content}.${macs(config, 'client-id', content)[0]}`;
}

/** Whether a client id is meant as one that carries its registration. */
export function isSelfContainedId(clientId: string): boolean {
  return clientId.startsWith(prefix);
}

/** What tokens and keys name a client by (`Client.shortId`): its id, or a hash of an id that carries its registration. */
export function shortIdOf(clientId: string): string {
  return isSelfContainedId(clientId) ? `${prefix}${sha256(clientId)}` : clientId;
}

/** The registration that a client id carries; undefined if it was not made by this deployment. */
export function readSelfContainedId(config: SignInConfig, clientId: string): Registration | undefined {
  const [content = '', code = '', ...more] = clientId.slice(prefix.length).split('.');
  if (more.length > 0) return undefined;
  if (!macs(config, 'client-id', content).some((expected) => isSameText(code, expected))) return undefined;
  try {
    const json = inflateRawSync(Buffer.from(content, 'base64url'), { maxOutputLength: maxLength });
    return carried.safeParse(JSON.parse(json.toString('utf8'))).data;
  } catch {
    return undefined;
  }
}

import type { Arguments } from './arguments.ts';

/** The application that the server is configured with, as far as the flags, environment and file say. */
export type KnownApplication = {
  clientId: string;
  clientSecret?: string | undefined;
  /** Whether `--application` named it. If so, setup uses no other application. */
  chosen?: boolean;
};

type Variables = Record<string, string | undefined>;

/**
 * The configured application, from the flags, then the environment, then the file. The id and the secret always
 * come from the same source: a secret is never paired with another application's id.
 */
export function knownApplication(
  flags: Arguments,
  env: Variables,
  file: Variables,
): KnownApplication | undefined {
  const sources = [env, file].flatMap(({ AUTH0_CLIENT_ID: clientId, AUTH0_CLIENT_SECRET: clientSecret }) =>
    clientId ? [{ clientId, clientSecret: clientSecret || undefined }] : [],
  );
  const wanted = flags.application;
  if (!wanted) return sources[0];
  return { clientId: wanted, ...sources.find(({ clientId }) => clientId === wanted), chosen: true };
}

/** Our callback at an origin: the only redirect URI that the tenant ever sees. */
export function callbackUrl(origin: string): string {
  return `${origin}/callback`;
}

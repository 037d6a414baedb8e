/** The error of an authorization response (RFC 6749 section 4.1.2.1) on one line. Undefined if it has none. */
export function authorizationError(parameters: URLSearchParams): string | undefined {
  const error = parameters.get('error');
  if (!error) return undefined;
  return [error, parameters.get('error_description')].filter(Boolean).join(': ');
}

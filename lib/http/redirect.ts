/**
 * Sends the browser on with GET: 302, or 303 after a POST (RFC 9700 section 4.12; never 307, which would
 * send the form along).
 *
 * @param cookies `Set-Cookie` values.
 */
export function redirect(request: Request, location: string, cookies: string[] = []): Response {
  const headers = new Headers({ location, 'cache-control': 'no-store', 'referrer-policy': 'no-referrer' });
  for (const cookie of cookies) headers.append('set-cookie', cookie);
  return new Response(null, { status: request.method === 'POST' ? 303 : 302, headers });
}

/** The same request with some headers replaced, and without its body, which whoever asks for this has read already. */
export function withHeaders(request: Request, replaced: Record<string, string>): Request {
  const headers = new Headers(request.headers);
  for (const [name, value] of Object.entries(replaced)) headers.set(name, value);
  const { url, method, signal } = request;
  return new Request(url, { method, headers, signal });
}

/** `*` takes in what clients add of their own, as `Mcp-Param-*` or trace headers; it leaves `Authorization` out. */
const allowedHeaders =
  'Authorization, Content-Type, Accept, Last-Event-ID, MCP-Protocol-Version, Mcp-Session-Id, Mcp-Method, Mcp-Name, *';
const exposedHeaders =
  'WWW-Authenticate, Mcp-Session-Id, MCP-Protocol-Version, Retry-After, X-Request-Id, ETag';

/** Headers that let any browser client read an answer; no credentials mode, so cookies never count. */
export const corsHeaders = {
  'access-control-allow-origin': '*',
  'access-control-expose-headers': exposedHeaders,
};

/** The answer to a CORS preflight for the given methods; browsers may keep it for two hours. */
export function preflight(methods: string[]): Response {
  return new Response(null, {
    status: 204,
    headers: {
      ...corsHeaders,
      'access-control-allow-methods': methods.join(', '),
      'access-control-allow-headers': allowedHeaders,
      'access-control-max-age': '7200',
    },
  });
}

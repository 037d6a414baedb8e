import { Agent, request } from 'node:http';

export type Answer = { status: number; headers: Record<string, unknown>; text: string };

/** A client that keeps its connection and sends one request after the other, as an MCP client does. */
export function openClient(url: string) {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  return {
    post: (body: string, headers: Record<string, string>) => post(url, agent, body, headers),
    close: () => agent.destroy(),
  };
}

/** Posts a JSON body and reads the whole answer. */
export function post(
  url: string,
  agent: Agent,
  body: string,
  headers: Record<string, string>,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const outgoing = request(url, {
      agent,
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        accept: 'application/json, text/event-stream',
        'x-forwarded-proto': 'http',
        'content-length': Buffer.byteLength(body),
        ...headers,
      },
    });
    outgoing.once('error', reject);
    outgoing.once('response', (incoming) => {
      let text = '';
      incoming.setEncoding('utf8');
      incoming.on('data', (chunk: string) => {
        text += chunk;
      });
      incoming.once('error', reject);
      incoming.once('end', () =>
        resolve({ status: incoming.statusCode ?? 0, headers: incoming.headers, text }),
      );
    });
    outgoing.end(body);
  });
}

/** A tool call of each era, with the headers that belong to it. */
export const calls = {
  modern: (name: string, args: object, method = 'tools/call') => ({
    body: JSON.stringify({
      jsonrpc: '2.0',
      id: 1,
      method,
      params: {
        ...(method === 'tools/call' && { name, arguments: args }),
        _meta: {
          'io.modelcontextprotocol/protocolVersion': '2026-07-28',
          'io.modelcontextprotocol/clientInfo': { name: 'bench', version: '1.0.0' },
          'io.modelcontextprotocol/clientCapabilities': {},
        },
      },
    }),
    headers: {
      'mcp-protocol-version': '2026-07-28',
      'mcp-method': method,
      ...(method === 'tools/call' && { 'mcp-name': name }),
    } as Record<string, string>,
  }),
  legacy: (name: string, args: object, method = 'tools/call') => ({
    body: JSON.stringify({
      jsonrpc: '2.0',
      id: 1,
      method,
      params: method === 'tools/call' ? { name, arguments: args } : {},
    }),
    headers: { 'mcp-protocol-version': '2025-11-25' } as Record<string, string>,
  }),
  initialize: () => ({
    body: JSON.stringify({
      jsonrpc: '2.0',
      id: 0,
      method: 'initialize',
      params: {
        protocolVersion: '2025-11-25',
        capabilities: {},
        clientInfo: { name: 'bench', version: '1.0.0' },
      },
    }),
    headers: {} as Record<string, string>,
  }),
};

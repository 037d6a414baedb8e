import { connect } from 'node:net';
import { text } from 'node:stream/consumers';

export type RawReply = { status: number; headers: Headers; body: string };

/**
 * Sends a request byte by byte as given, which no HTTP client would do: any target, repeated or foreign headers,
 * bytes outside ASCII (as Latin-1).
 *
 * @param lines request line and headers; `Connection: close` and the body's length are added.
 * @param from the loopback address to send it from.
 */
export async function sendRaw(
  serverUrl: string,
  lines: string[],
  body = '',
  from = '127.0.0.1',
): Promise<RawReply> {
  const port = Number(new URL(serverUrl).port);
  const socket = connect({ port, host: '127.0.0.1', localAddress: from });
  const length = body ? [`Content-Length: ${Buffer.byteLength(body)}`] : [];
  socket.write(
    Buffer.from(`${[...lines, ...length, 'Connection: close'].join('\r\n')}\r\n\r\n${body}`, 'latin1'),
  );
  const [head = '', ...rest] = (await text(socket)).split('\r\n\r\n');
  const [statusLine = '', ...fields] = head.split('\r\n');
  const headers = new Headers();
  for (const field of fields)
    headers.append(field.slice(0, field.indexOf(':')), field.slice(field.indexOf(':') + 1));
  return { status: Number(statusLine.split(' ')[1]), headers, body: rest.join('\r\n\r\n') };
}

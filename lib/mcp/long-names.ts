import { ProtocolErrorCode } from '@modelcontextprotocol/server';
import { isObject, paramsOf } from './json-rpc.ts';

/** Longer than URIs, names and cursors are in practice. */
const maxCharacters = 8_000;

/**
 * Refuses a request that names a resource, tool, prompt or page by more than 8,000 characters, as invalid params. The SDK
 * throws at very long URIs, which would be answered as an internal error, and puts names that it does not know into its
 * errors. Returns undefined if the message can be served.
 */
export function refuseLongNames(message: unknown): Response | undefined {
  const refused = [message].flat().find((each) => isObject(each) && 'id' in each && longName(each));
  if (!isObject(refused)) return undefined;
  const error = {
    code: ProtocolErrorCode.InvalidParams,
    message: `Invalid params: ${longName(refused)} has more than ${maxCharacters} characters`,
  };
  // A batch is refused as a whole.
  const isNamed = !Array.isArray(message) && ['string', 'number'].includes(typeof refused.id);
  const id = isNamed ? refused.id : null;
  return Response.json({ jsonrpc: '2.0', id, error }, { headers: { 'cache-control': 'no-store' } });
}

/** The first param that is too long. */
function longName(message: Record<string, unknown>): string | undefined {
  const { uri, name, cursor, ref } = paramsOf(message);
  const named = Object.entries({
    uri,
    name,
    cursor,
    ...(isObject(ref) && { 'ref.uri': ref.uri, 'ref.name': ref.name }),
  });
  return named.find(([, value]) => typeof value === 'string' && value.length > maxCharacters)?.[0];
}

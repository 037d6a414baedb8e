import { OAuthError } from '../http/errors.ts';
import { mediaType, readText } from '../http/parameters.ts';
import { errorCodes, errorResponse } from './json-rpc.ts';

/** A client's sampled image fits. Vercel's own limit is 4.5 MB. */
const maxBodyBytes = 4 * 1024 * 1024;

/** Deeper than any schema or argument in practice, and far from what overflows recursive validators. */
const maxDepth = 64;

/** Reads and parses a POST's body once. Returns a 413, 415 or 400 response if that fails. */
export async function readMessage(request: Request): Promise<{ message: unknown } | Response> {
  if (mediaType(request) !== 'application/json')
    return errorResponse(415, errorCodes.refused, 'Unsupported Media Type: send application/json');
  let text: string;
  try {
    text = await readText(request, maxBodyBytes);
  } catch (error) {
    if (error instanceof OAuthError && error.status === 413)
      return errorResponse(413, errorCodes.refused, `Payload Too Large: at most ${maxBodyBytes} bytes`);
    return errorResponse(400, errorCodes.parseError, 'Parse error: the body could not be read');
  }
  if (isNestedBeyond(text, maxDepth))
    return errorResponse(400, errorCodes.invalidRequest, `Invalid Request: nested deeper than ${maxDepth}`);
  try {
    return { message: JSON.parse(text) };
  } catch {
    return errorResponse(400, errorCodes.parseError, 'Parse error: the body is not valid JSON');
  }
}

/** Whether brackets outside strings nest deeper than `depth`. Makes one pass over the text, before any parsing. */
export function isNestedBeyond(text: string, depth: number): boolean {
  let open = 0;
  let inString = false;
  for (let index = 0; index < text.length; index++) {
    const character = text.charCodeAt(index);
    if (inString) {
      if (character === 0x5c) index++;
      else if (character === 0x22) inString = false;
    } else if (character === 0x22) inString = true;
    else if (character === 0x5b || character === 0x7b) {
      if (++open > depth) return true;
    } else if (character === 0x5d || character === 0x7d) open--;
  }
  return false;
}

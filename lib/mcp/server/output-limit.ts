import type { CallToolResult, ContentBlock } from '@modelcontextprotocol/server';
import { failure } from '../define/tool.ts';

/** Most characters of one result: Claude cuts results at about 150,000, without saying so to the model. */
const mostCharacters = 140_000;

/**
 * Keeps a result within what clients take in: long text is cut, with a notice for the model. Structured content
 * and media cannot be cut, so a result that is too large because of them becomes an error that says so.
 */
export function limitOutput(result: CallToolResult): CallToolResult {
  const size = JSON.stringify(result).length;
  if (size <= mostCharacters) return result;

  let left = mostCharacters - (size - textLength(result));
  const notice = `\n[Cut: the full result has ${size} characters, the limit is ${mostCharacters}. Ask for less at a time.]`;
  left -= jsonLength(notice);
  if (left < 0)
    return failure(
      `The result has ${size} characters; the limit is ${mostCharacters}. Ask for less at a time.`,
    );
  let cut = false;
  const content = (result.content ?? []).flatMap((block): ContentBlock[] => {
    if (block.type !== 'text') return [block];
    if (cut) return [];
    const text = fitting(block.text, left);
    left -= jsonLength(text);
    cut = text.length < block.text.length;
    return [{ ...block, text: cut ? text + notice : text }];
  });
  return { ...result, content };
}

function textLength({ content = [] }: CallToolResult): number {
  return content.reduce((sum, block) => sum + (block.type === 'text' ? jsonLength(block.text) : 0), 0);
}

/** A text's length as it is sent: a character can take up to six. */
const jsonLength = (text: string) => JSON.stringify(text).length - 2;

/** The longest start of a text whose JSON form has at most `limit` characters, found by halving. */
function fitting(text: string, limit: number): string {
  if (jsonLength(text) <= limit) return text;
  let [low, high] = [0, text.length];
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (jsonLength(text.slice(0, middle)) <= limit) low = middle;
    else high = middle - 1;
  }
  return text.slice(0, low).toWellFormed();
}

import type { CallToolResult, ContentBlock } from '@modelcontextprotocol/server';
import { failure } from '../define/tool.ts';

/** For one result. Claude cuts results at about 150,000 characters without telling the model. */
const maxCharacters = 140_000;

/**
 * Keeps a result within the size that clients accept. Long text is cut, with a notice for the model. Structured content
 * and media cannot be cut: a result that is too large because of them becomes an error that says so.
 */
export function limitOutput(result: CallToolResult): CallToolResult {
  const size = JSON.stringify(result).length;
  if (size <= maxCharacters) return result;

  let left = maxCharacters - (size - textLength(result));
  const notice = `\n[Cut: the full result has ${size} characters, the limit is ${maxCharacters}. Ask for less at a time.]`;
  left -= jsonLength(notice);
  if (left < 0)
    return failure(
      `The result has ${size} characters; the limit is ${maxCharacters}. Ask for less at a time.`,
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

/** A text's length in JSON, where a character can take up to six. */
const jsonLength = (text: string) => JSON.stringify(text).length - 2;

/** The longest beginning of a text that has at most `limit` characters in JSON, found by bisection. */
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

import { member, textMember } from './member.ts';
import { visibleText, withoutQuery } from './printable.ts';
import { type Answer, mediaType, type NoAnswer } from './probe.ts';

/** What came back, in a line: where from, which status, and the server's own words where it has some. */
export function describe(answer: Answer | NoAnswer): string {
  const where = withoutQuery(answer.url);
  if ('failed' in answer) return `${where}: ${answer.reason}.`;
  const words = reason(answer);
  const kind = mediaType(answer) || 'no content type';
  return words
    ? `${where} answered ${answer.status}: ${words}`
    : `${where} answered ${answer.status} (${kind}).`;
}

/**
 * The reason a server gives: OAuth's, JSON-RPC's, Auth0's or Vercel's error, else the page's text. Other JSON is
 * never shown: it may hold tokens in a form that nobody expects.
 */
export function reason({ json, text, headers }: Answer): string | undefined {
  const error = textMember(json, 'error');
  const description =
    textMember(json, 'error_description') ??
    textMember(json, 'message') ??
    textMember(member(json, 'error'), 'message');
  if (error || description) return [error, description].filter(Boolean).join(', ');
  const words = json === undefined ? visibleText(text).slice(0, 160) : '';
  return headers.get('x-vercel-error') ?? (words || undefined);
}

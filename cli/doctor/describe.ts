import { visibleText, withoutQuery } from '../printable.ts';
import { member, textMember } from './member.ts';
import { type Answer, mediaType, type NoAnswer } from './probe.ts';

/** An answer on one line: the URL, the status, and the server's reason if it gives one. */
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
 * The reason that a server gives: an OAuth, JSON-RPC, Auth0 or Vercel error, or the text of a page. Other JSON is
 * never shown, because it may contain tokens under any name.
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

const longest = 300;

/**
 * Text from a server, made fit for a terminal and a report: secrets masked, control characters and markup
 * gone (a server must not steer the terminal), at most 300 characters.
 */
export function printable(text: string, secrets: Iterable<string> = []): string {
  let clean = text;
  for (const secret of secrets) if (secret.length >= 6) clean = clean.replaceAll(secret, '[hidden]');
  clean = clean.replace(/\p{C}/gu, ' ').replace(/\s+/g, ' ').trim();
  return clean.length > longest ? `${clean.slice(0, longest - 1)}…` : clean;
}

/** What a person would read of a page: its text without scripts, styles and tags. */
export function visibleText(html: string): string {
  return html
    .slice(0, 16 * 1024)
    .replace(/<(script|style|head)\b[\s\S]*?<\/\1\s*>/gi, ' ')
    .replace(/<[^<>]*>/g, ' ')
    .replace(/&quot;|&#39;|&#x27;/g, '"')
    .replace(/&lt;/g, '<')
    .replace(/&gt;/g, '>')
    .replace(/&amp;/g, '&')
    .replace(/\s+/g, ' ')
    .trim();
}

/** A URL without its query and fragment, where codes and states travel. */
export function withoutQuery(url: string): string {
  return url.replace(/[?#].*$/s, '');
}

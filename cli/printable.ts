const longest = 300;

/**
 * Text from a server, made safe for a terminal and a report: secrets masked, control characters removed so that a
 * server cannot steer the terminal, at most 300 characters unless told otherwise.
 */
export function printable(text: string, secrets: Iterable<string> = [], limit = longest): string {
  let clean = text;
  for (const secret of secrets) if (secret.length >= 6) clean = clean.replaceAll(secret, '[hidden]');
  clean = clean.replace(/\p{C}/gu, ' ').replace(/\s+/g, ' ').trim();
  return clean.length > limit ? `${clean.slice(0, limit - 1)}…` : clean;
}

/** The text of a page that a person would read, without scripts, styles and tags. */
export function visibleText(html: string): string {
  const text = html
    .slice(0, 16 * 1024)
    .replace(/<(script|style|head)\b[\s\S]*?<\/\1\s*>/gi, ' ')
    .replace(/<[^<>]*>/g, ' ');
  return unescapeHtml(text).replace(/\s+/g, ' ').trim();
}

/** Replaces the HTML character references that servers write for markup characters. */
export function unescapeHtml(text: string): string {
  return text
    .replace(/&quot;/g, '"')
    .replace(/&#0?39;|&#x27;/gi, "'")
    .replace(/&lt;/g, '<')
    .replace(/&gt;/g, '>')
    .replace(/&amp;/g, '&');
}

/** A URL without query and fragment, which can carry codes and states. */
export function withoutQuery(url: string): string {
  return url.replace(/[?#].*$/s, '');
}

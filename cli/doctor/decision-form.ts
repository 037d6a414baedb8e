/** A consent form's hidden fields and where they go. */
export type DecisionForm = { action: string; fields: URLSearchParams };

/**
 * The page's form with a button `name="decision"` (this project's consent page), filled in with a decision;
 * undefined when the page holds none. Other servers' pages are left alone.
 */
export function decisionForm(html: string, decision: 'approve' | 'deny'): DecisionForm | undefined {
  const forms = html
    .split(/<form\b/i)
    .slice(1)
    .map((part) => part.split(/<\/form\s*>/i)[0] ?? '');
  for (const form of forms) {
    const end = form.indexOf('>');
    const tags = form.slice(end + 1).match(/<(input|button)\b[^<>]*>/gi) ?? [];
    const decides = tags.some(
      (tag) => attribute(tag, 'name') === 'decision' && attribute(tag, 'value') === decision,
    );
    if (!decides) continue;
    const fields = new URLSearchParams();
    for (const tag of tags) {
      const [name, type] = [attribute(tag, 'name'), attribute(tag, 'type')?.toLowerCase()];
      const kept = type === 'hidden' || (type === 'checkbox' && /\schecked\b/i.test(tag));
      if (name && name !== 'decision' && kept) fields.append(name, attribute(tag, 'value') ?? 'on');
    }
    fields.append('decision', decision);
    return { action: attribute(form.slice(0, end), 'action') ?? '', fields };
  }
  return undefined;
}

function attribute(tag: string, name: string): string | undefined {
  const match = new RegExp(`\\s${name}\\s*=\\s*(?:"([^"]*)"|'([^']*)'|([^\\s>]+))`, 'i').exec(tag);
  const value = match?.[1] ?? match?.[2] ?? match?.[3];
  return value
    ?.replace(/&quot;/g, '"')
    .replace(/&#0?39;|&#x27;/gi, "'")
    .replace(/&lt;/g, '<')
    .replace(/&gt;/g, '>')
    .replace(/&amp;/g, '&');
}

import { unescapeHtml } from '../printable.ts';
import type { TestUser } from './test-user.ts';

/** A filled-in form: where it goes and what it sends. */
export type FilledForm = { action: string; fields: URLSearchParams };

/** A form as it appears in the page, with its inputs and buttons. */
type Form = { action: string; tags: string[] };

/**
 * Fills in a form that has a button `name="decision"`, which is this project's consent page. Undefined if the page has
 * none. Other servers' pages are left alone.
 */
export function decisionForm(html: string, decision: 'approve' | 'deny'): FilledForm | undefined {
  const form = forms(html).find(({ tags }) => tags.some(isButton('decision', decision)));
  return form && fill(form, { decision });
}

/**
 * Fills in a login form: Auth0's page with both fields, or one of its two pages that ask for the user first. Undefined
 * if the page has none. Says whether the password is in it.
 */
export function loginForm(html: string, user: TestUser): (FilledForm & { hasPassword: boolean }) | undefined {
  for (const form of forms(html)) {
    const password = form.tags.find((tag) => attribute(tag, 'type')?.toLowerCase() === 'password');
    const name = form.tags.find((tag) => /^(username|email)$/.test(attribute(tag, 'name') ?? ''));
    const passwordField = password && attribute(password, 'name');
    const nameField = name && attribute(name, 'name');
    if (!passwordField && !nameField) continue;
    const typed = {
      ...(nameField ? { [nameField]: user.name } : {}),
      ...(passwordField ? { [passwordField]: user.password } : {}),
      // Auth0 tells its buttons apart by this field; the others lead to social logins.
      ...(form.tags.some(isButton('action', 'default')) ? { action: 'default' } : {}),
    };
    return { ...fill(form, typed), hasPassword: passwordField !== undefined };
  }
  return undefined;
}

/** Accepts Auth0's own consent page, which a test user meets if the API does not skip it. Undefined on other pages. */
export function acceptForm(html: string): FilledForm | undefined {
  const form = forms(html).find(({ tags }) => tags.some(isButton('action', 'accept')));
  return form && fill(form, { action: 'accept' });
}

function forms(html: string): Form[] {
  return html
    .split(/<form\b/i)
    .slice(1)
    .map((part) => part.split(/<\/form\s*>/i)[0] ?? '')
    .map((form) => {
      const end = form.indexOf('>');
      const tags = form.slice(end + 1).match(/<(input|button)\b[^<>]*>/gi) ?? [];
      return { action: attribute(form.slice(0, end), 'action') ?? '', tags };
    });
}

function isButton(name: string, value: string) {
  return (tag: string) => attribute(tag, 'name') === name && attribute(tag, 'value') === value;
}

/** The form's hidden fields and ticked boxes, with the values that a person would enter. */
function fill({ action, tags }: Form, typed: Record<string, string>): FilledForm {
  const fields = new URLSearchParams();
  for (const tag of tags) {
    const [name, type] = [attribute(tag, 'name'), attribute(tag, 'type')?.toLowerCase()];
    const kept = type === 'hidden' || (type === 'checkbox' && /\schecked\b/i.test(tag));
    if (name && !(name in typed) && kept) fields.append(name, attribute(tag, 'value') ?? 'on');
  }
  for (const [name, value] of Object.entries(typed)) fields.append(name, value);
  return { action, fields };
}

function attribute(tag: string, name: string): string | undefined {
  const match = new RegExp(`\\s${name}\\s*=\\s*(?:"([^"]*)"|'([^']*)'|([^\\s>]+))`, 'i').exec(tag);
  const value = match?.[1] ?? match?.[2] ?? match?.[3];
  return value === undefined ? undefined : unescapeHtml(value);
}

import { acceptForm, decisionForm, type FilledForm, loginForm } from './forms.ts';
import type { TestUser } from './test-user.ts';

export type VisitorOptions = {
  /** What to answer on this project's consent page. Undefined: nothing. */
  decision?: 'approve' | 'deny';
  /** Signs in with this user. Undefined: stops at the login page. */
  testUser?: TestUser | undefined;
};

/** A form to send, with the URL it goes to. */
export type Submission = { target: URL; fields: URLSearchParams };

/**
 * Fills in the pages of one visit. Each kind of page is answered once: the same page again means that the server did
 * not accept the answer, and a second try with the same password could lock the account.
 */
export function visitor({ decision, testUser }: VisitorOptions) {
  const answered = new Set<string>();
  const once = <T extends FilledForm>(kind: string, form: T | undefined): T | undefined => {
    if (!form || answered.has(kind)) return undefined;
    answered.add(kind);
    return form;
  };
  return (page: URL, html: string): Submission | undefined => {
    const filled =
      (decision && once('decision', decisionForm(html, decision))) ||
      (testUser?.loginOrigin === page.origin && login(html, testUser)) ||
      undefined;
    const target = filled && URL.parse(filled.action || page.href, page);
    // An answer never leaves the page's origin, where a form could send a decision or a password anywhere.
    return target?.origin === page.origin
      ? { target, fields: filled?.fields ?? new URLSearchParams() }
      : undefined;
  };

  function login(html: string, user: TestUser): FilledForm | undefined {
    const form = loginForm(html, user);
    return once(form?.hasPassword ? 'password' : 'user name', form) ?? once('consent', acceptForm(html));
  }
}

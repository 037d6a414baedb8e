import { identity, serverTitle } from '../identity.ts';
import { userClaims } from '../scopes.ts';
import { serverLine } from './brand.ts';
import { type Html, html } from './html.ts';
import { page } from './layout.ts';

/** Where the page is. `links.privacy` in `lib/tools/identity.ts` turns it on. */
export const privacyPath = '/privacy';

/** Also read by the doctor. */
const unfilledId = 'operator-missing';

const style = `
body { grid-template-columns: minmax(0, 36rem); }
h2 { margin: 1.75rem 0 0; font-size: 1.125rem; line-height: 1.3; font-weight: 650; }
ul { margin: .75rem 0 0; padding: 0 0 0 1.25rem; }
li + li { margin-top: .375rem; }
`;

export type PrivacyView = {
  /** The public origin of this server. */
  origin: string;
  /** Whether users sign in. */
  signIn: boolean;
  /** Whether tools can get tokens for other APIs, as the user. */
  callsOtherApis: boolean;
  /** Whether users can connect accounts at other companies. */
  connectsAccounts: boolean;
  /** Whether users sign in to customers' organizations. */
  organizations: boolean;
};

/**
 * The privacy page: what this project stores about users, for how long, who else gets it and how it is deleted. What the
 * tools store and who runs the server is said by `lib/tools/identity.ts`. Keep the rest in step with the table of keys in
 * docs/architecture.md.
 */
export function privacyPage(view: PrivacyView): Response {
  const { origin, signIn, callsOtherApis, connectsAccounts, organizations } = view;
  const stored = [
    ...(identity.storedData ?? []),
    ...(signIn ? storedBySignIn : []),
    ...(callsOtherApis ? [storedTokens] : []),
    ...(organizations ? [storedOrganizations] : []),
    ...storedByProtocol,
  ];
  return page({
    origin,
    notLinked: [privacyPath],
    title: `Privacy – ${serverTitle}`,
    style,
    body: html`${serverLine(origin)}
<h1>Privacy</h1>
<p>What ${serverTitle} stores about you, why and for how long.</p>
${operator()}
<h2>What is stored</h2>
${list(stored)}
<h2>Cookies</h2>
${signIn ? list(cookies) : html`<p>None.</p>`}
<h2>Who else gets it</h2>
${list([
  ...(signIn ? ['Auth0 signs you in and holds your account.'] : []),
  ...(connectsAccounts ? [heldByAuth0] : []),
  ...recipients,
])}
<h2>How to have it deleted</h2>
${signIn ? deletion : html`<p>Delete it with the tools that stored it, or ask the operator.</p>`}`,
  });
}

function operator(): Html {
  const { operator, links = {} } = identity;
  const contact =
    links.support && html`<a href="${links.support}">${links.support.replace(/^mailto:/, '')}</a>`;
  if (!operator || !contact)
    return html`<p class="notice" id="${unfilledId}">The operator of this server has not yet said who they are and where you can reach them.</p>`;
  return html`<p>Operator: ${operator}. Contact: ${contact}.</p>`;
}

const whatIsKnown = new Intl.ListFormat('en').format([
  'user ID',
  ...userClaims.map((claim) => (claim === 'email' ? 'email address' : claim)),
]);

const storedBySignIn = [
  `Your ${whatIsKnown}, as you signed in, to tell the tools who you are. Encrypted, for 30 days after the last sign-in or check.`,
  'Which apps you connected, what each can do and when it was last used, so that they stay connected and you can disconnect them: for 61 days at most after the last use.',
  'Who signed in, approved and disconnected what and when, without names and addresses, so that misuse can be found: for 90 days.',
];

const storedByProtocol = [
  'The app that is connected, its version and its settings: for 24 hours at most.',
  'What a long call sends, so that a lost connection can continue: for 15 minutes. What a task works on and its result: encrypted, for 24 hours at most.',
  'Your network address, to limit how often anyone can call: for two hours at most.',
  'A log line for each request: which app and which tool, when, how long it took, and whether it failed. It does not contain what was asked or answered, except in the message of an unexpected error.',
];

const storedTokens = 'Tokens with which the tools call other services for you: encrypted, until they expire.';

const storedOrganizations =
  'In which organizations you have signed in, so that the operator can sign you out of all of them: until it is deleted.';

const heldByAuth0 =
  'Auth0 holds access to the accounts at other companies that you connect, until you disconnect them at “Your connections”.';

const cookies = [
  'Which apps you approved, so that you are not asked again: for 30 days.',
  'That you are signed in to the page with your connections: for an hour.',
  'The sign-in that is under way: for a few minutes.',
];

const recipients = [
  'The app that you connect gets the results of the tools that it calls. Its provider’s own policy applies to it.',
  'Vercel runs the server and keeps its log. Upstash runs the database.',
];

const deletion = html`<p>Delete what the tools stored with the tools. <a href="/connections">Your connections</a> lists the apps, and
disconnects each. For everything else that is stored about you, ask the operator, who can delete all of it.</p>`;

const list = (sentences: string[]) =>
  html`<ul>${sentences.map((sentence) => html`<li>${sentence}</li>\n`)}</ul>`;

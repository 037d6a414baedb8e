import { randomAlphanumerics } from './identifiers.ts';

/** The kinds of connections that Auth0 knows. The local tenant has a database and Google. */
export const connectionStrategies = [
  ...[
    'ad',
    'adfs',
    'amazon',
    'apple',
    'dropbox',
    'bitbucket',
    'auth0-oidc',
    'auth0',
    'baidu',
    'bitly',
    'box',
  ],
  ...['custom', 'daccount', 'dwolla', 'email', 'evernote-sandbox', 'evernote', 'exact', 'facebook', 'fitbit'],
  ...['github', 'google-apps', 'google-oauth2', 'instagram', 'ip', 'line', 'linkedin', 'oauth1', 'oauth2'],
  ...['office365', 'oidc', 'okta', 'paypal', 'paypal-sandbox', 'pingfederate', 'planningcenter'],
  ...['salesforce-community', 'salesforce-sandbox', 'salesforce', 'samlp', 'sharepoint', 'shopify', 'shop'],
  ...['sms', 'soundcloud', 'thirtysevensignals', 'twitter', 'untappd', 'vkontakte', 'waad', 'weibo'],
  ...['windowslive', 'wordpress', 'yahoo', 'yandex', 'auth0-adldap'],
];

/** A way to sign in. `enabled` has the client ids of the applications that may use it. */
export type Connection = {
  id: string;
  name: string;
  strategy: 'auth0' | 'google-oauth2';
  display_name?: string;
  /** Third-party applications can use a domain connection without being enabled for it. */
  is_domain_connection: boolean;
  options: Record<string, unknown>;
  metadata?: Record<string, string>;
  realms: string[];
  /** Whether users may connect accounts through it (Token Vault). */
  connected_accounts?: { active: boolean };
  enabled: Set<string>;
};

function newConnection(name: string, strategy: Connection['strategy']): Connection {
  return {
    id: `con_${randomAlphanumerics(16)}`,
    name,
    strategy,
    is_domain_connection: false,
    options: {},
    realms: [name],
    enabled: new Set(),
  };
}

/** The connections of a new tenant: a user database, and Google with Auth0's development keys. */
export function defaultConnections(): Connection[] {
  return [
    newConnection('Username-Password-Authentication', 'auth0'),
    newConnection('google-oauth2', 'google-oauth2'),
  ];
}

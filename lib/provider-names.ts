/** What users know the companies behind Auth0's connections as, by the connections' usual names. */
const names: Record<string, string> = {
  'google-oauth2': 'Google',
  'google-apps': 'Google Workspace',
  windowslive: 'Microsoft',
  github: 'GitHub',
  slack: 'Slack',
  'sign-in-with-slack': 'Slack',
  box: 'Box',
  dropbox: 'Dropbox',
  salesforce: 'Salesforce',
  linkedin: 'LinkedIn',
};

/** What to call the provider of a connection; the connection's own name if it is none of the usual ones. */
export function providerName(connection: string): string {
  return Object.hasOwn(names, connection) ? (names[connection] ?? connection) : connection;
}

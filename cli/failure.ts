/** Why a command cannot continue, in one sentence, and how to fix it. Never contains a secret. */
export class CommandFailure extends Error {
  override readonly name = 'CommandFailure';
  readonly fix: string;

  constructor(message: string, fix: string, options?: ErrorOptions) {
    super(message, options);
    this.fix = fix;
  }
}

/** Where to get a first Management API token. Every tenant has this page. */
export const tokenSource =
  'In the Auth0 dashboard open Applications > APIs > Auth0 Management API > API Explorer, create the test application if asked to, and copy the token.';

/** Something that keeps setup from going on, as a sentence, and what fixes it. Never holds a secret. */
export class SetupFailure extends Error {
  override readonly name = 'SetupFailure';
  readonly fix: string;

  constructor(message: string, fix: string, options?: ErrorOptions) {
    super(message, options);
    this.fix = fix;
  }
}

/** Where a first Management token comes from; every tenant has it. */
export const tokenSource =
  'In the Auth0 dashboard open Applications > APIs > Auth0 Management API > API Explorer, create the test application if asked to, and copy the token.';

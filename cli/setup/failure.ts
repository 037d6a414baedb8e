/** Something that keeps setup from going on, as a sentence, and what mends it. Never holds a secret. */
export class SetupFailure extends Error {
  override readonly name = 'SetupFailure';
  readonly mend: string;

  constructor(message: string, mend: string, options?: ErrorOptions) {
    super(message, options);
    this.mend = mend;
  }
}

/** Where a first Management token comes from; every tenant has it. */
export const tokenSource =
  'In the Auth0 dashboard open Applications > APIs > Auth0 Management API > API Explorer, create the test application if asked to, and copy the token.';

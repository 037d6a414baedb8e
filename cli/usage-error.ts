/** Wrong usage, as a sentence for the person who typed the command. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

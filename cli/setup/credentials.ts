import { CommandFailure, tokenSource } from '../failure.ts';
import type { Credentials } from '../management/management-token.ts';
import type { Prompt } from '../prompt.ts';
import type { Arguments } from './arguments.ts';
import type { KnownApplication } from './known-application.ts';

/**
 * Credentials for the tenant: from the flags, then the token in the environment, then what a person types. The
 * configured application comes last, because it usually has fewer permissions than setup needs.
 */
export async function findCredentials(
  flags: Arguments,
  token: string | undefined,
  known: KnownApplication | undefined,
  prompt: Prompt | undefined,
): Promise<Credentials> {
  const { 'client-id': clientId, 'client-secret': clientSecret } = flags;
  if (!clientId !== !clientSecret)
    throw new CommandFailure(
      '--client-id and --client-secret belong together.',
      'Give both, or use a token.',
    );
  if (clientId && clientSecret) return { clientId, clientSecret };
  if (token) return { token };
  const typed = await prompt?.askSecret('Management API token (empty: use an application instead)');
  if (typed) return { token: typed };
  if (known?.clientSecret) return { clientId: known.clientId, clientSecret: known.clientSecret };
  if (prompt)
    return {
      clientId: await prompt.ask('Client id of an application that can use the Management API'),
      clientSecret: await prompt.askSecret('Its client secret'),
    };
  throw new CommandFailure(
    'There are no credentials for the tenant.',
    `Give --token, or --client-id and --client-secret. ${tokenSource}`,
  );
}

import type { KnownApplication } from './application.ts';
import type { Arguments } from './arguments.ts';
import { SetupFailure, tokenSource } from './failure.ts';
import type { Credentials } from './management-token.ts';
import type { Prompt } from './prompt.ts';

/**
 * How to reach the tenant: flags, then the environment's token, then what somebody types. The configured
 * application comes last, as it may only do what the server does, which is less than setup needs.
 */
export async function findCredentials(
  flags: Arguments,
  token: string | undefined,
  known: KnownApplication | undefined,
  prompt: Prompt | undefined,
): Promise<Credentials> {
  const { 'client-id': clientId, 'client-secret': clientSecret } = flags;
  if (!clientId !== !clientSecret)
    throw new SetupFailure('--client-id and --client-secret belong together.', 'Give both, or a token.');
  if (clientId && clientSecret) return { clientId, clientSecret };
  if (token) return { token };
  const typed = await prompt?.askSecret('Management API token, or nothing to use an application instead');
  if (typed) return { token: typed };
  if (known?.clientSecret) return { clientId: known.clientId, clientSecret: known.clientSecret };
  if (prompt)
    return {
      clientId: await prompt.ask('Client id of an application that may use the Management API'),
      clientSecret: await prompt.askSecret('Its client secret'),
    };
  throw new SetupFailure(
    'There is nothing to reach the tenant with.',
    `Give --token, or --client-id and --client-secret. ${tokenSource}`,
  );
}

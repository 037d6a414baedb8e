import { CommandFailure } from '../../failure.ts';
import type { Management } from '../../management/management.ts';
import type { Extra } from '../extra.ts';
import { planApiClient } from './api-client.ts';
import { planConnection } from './connection.ts';
import type { AccountsApplications, AccountsInput } from './input.ts';
import { planMyAccountApi } from './my-account-api.ts';
import { planSharedApplication } from './shared-application.ts';

/** Reads the flag. Throws `CommandFailure` if it names nothing. */
export function readAccounts({ accounts }: { accounts?: string | undefined }): string[] | undefined {
  if (accounts === undefined) return undefined;
  const names = [...new Set(accounts.split(/[ ,]+/).filter(Boolean))];
  if (names.length) return names;
  throw new CommandFailure('--accounts names no connection.', 'Name some, such as --accounts google-oauth2.');
}

/**
 * Plans what users need to connect accounts of other companies and tools to use them (Auth0 docs, Configure Token Vault and
 * Connected Accounts for Token Vault): the My Account API, the application through which users sign in to the connections
 * page with its grant for that API, the custom API client with Token Vault, and the connections.
 */
export async function planAccounts(management: Management, input: AccountsInput): Promise<Extra[]> {
  const known: AccountsApplications = {};
  const extras = [
    await planMyAccountApi(management, input),
    await planSharedApplication(management, input, known),
    await planApiClient(input, known),
  ];
  for (const name of input.names) extras.push(await planConnection(management, name, known));
  return extras;
}

import { newAccountLink } from '../../../access-token/account-link.ts';
import type { AccountFailure } from '../../../auth0/token-vault.ts';
import { providerName } from '../../../provider-names.ts';
import { AskFirst, ask } from '../../define/question.ts';
import { ToolError } from '../../define/tool.ts';
import type { TokenRequest } from './request.ts';

/** Google requires these with any others (Auth0 docs, Connected Accounts for Token Vault). */
const googleScopes = ['openid', 'profile'];

/** The name of the question whether to connect an account. */
export const questionFor = (connection: string) => `connect ${connection}`;

type Reason = AccountFailure | 'scopes';

const forUser: Record<Reason, (provider: string) => string> = {
  'not-connected': (provider) => `This needs an account at ${provider} that you connect to this server.`,
  withdrawn: (provider) => `${provider} no longer accepts the account that you connected. Connect it again.`,
  scopes: (provider) => `This needs more of your account at ${provider} than you have allowed so far.`,
};

const forModel: Record<Reason, (provider: string) => string> = {
  'not-connected': (provider) => `The user must connect an account at ${provider} first.`,
  withdrawn: (provider) =>
    `${provider} no longer accepts the account that the user connected, so they must connect it again.`,
  scopes: (provider) =>
    `The user has connected an account at ${provider}, but must allow more of it than so far.`,
};

/**
 * What to throw so that the user connects an account: a question to the client, or words with the link if the client cannot
 * ask, or has asked already.
 *
 * @throws StoreUnavailable
 */
export async function askToConnect(
  { config, grant, user, call }: TokenRequest,
  wanted: {
    connection: string;
    scopes: string[];
    reason: Reason;
    isAskedBefore: boolean;
  },
): Promise<Error> {
  const { connection, reason, isAskedBefore } = wanted;
  const provider = providerName(connection);
  const scopes = connection.startsWith('google')
    ? [...new Set([...googleScopes, ...wanted.scopes])]
    : wanted.scopes;
  const { id: grantId, clientId, signedInAtSeconds, origin, organization } = grant;
  const link = { user, organization, grantId, clientId, signedInAtSeconds, connection, scopes, origin };
  const url = await newAccountLink(config, link);
  if (call.canOpenLinks && !isAskedBefore) {
    const message = forUser[reason](provider);
    return new AskFirst(
      // The handler's own state of an earlier round stays as it was.
      ask({ [questionFor(connection)]: { kind: 'url', message, url } }, { state: call.state() }),
    );
  }
  const why = isAskedBefore
    ? `The user has not connected the account at ${provider} yet.`
    : forModel[reason](provider);
  return new ToolError(
    `${why} Show them this link and ask them to open it: ${url} It works once, for ten minutes, and for this user only. When they say that they are done, call this tool again with the same arguments.`,
  );
}

import { randomBytes } from 'node:crypto';
import { type Check, noAnswer, outcome, type Problem } from '../check.ts';
import { claude, doctorName } from '../clients.ts';
import { describe } from '../describe.ts';
import { type Examination, type ExaminedClient, keepSecret } from '../examination.ts';
import { gatekeeper } from '../gatekeeper.ts';
import { recognizeCause } from '../known-causes.ts';
import { isObject, textMember } from '../member.ts';
import type { Answer, NoAnswer } from '../probe.ts';
import { send } from '../send.ts';

/** Registers as Claude does (RFC 7591), once with a secret and once without. */
export const registration: Check = {
  id: 'registration',
  phase: 'Registration',
  needs: 'sign-in',
  title: 'Clients can register',
  async run(examination) {
    const endpoint = examination.server?.registrationEndpoint;
    if (!endpoint) return { skipped: 'the metadata has no registration endpoint' };
    // With tenant credentials, each run has a different name, so that it gets and deletes its own applications. Without
    // them, the name is always the same: this project's servers then reuse the applications that they created before.
    const name = examination.options.tenant ? `${doctorName} ${randomBytes(4).toString('hex')}` : doctorName;

    const confidential = await register(examination, endpoint, name, 'client_secret_post');
    examination.confidentialClient = confidential.client;
    const open = await register(examination, endpoint, name, 'none');
    examination.publicClient = open.client;

    const problems = [...confidential.problems, ...open.problems];
    return outcome(`As ${open.client?.id ?? 'nobody'}, in ${open.ms} ms.`, problems);
  },
};

type Method = ExaminedClient['authMethod'];
type Registered = { client?: ExaminedClient; problems: Problem[]; ms: number };

async function register(
  examination: Examination,
  endpoint: string,
  name: string,
  method: Method,
): Promise<Registered> {
  const loopback = method === 'none' ? examination.loopback?.redirectUri : undefined;
  const directory = examination.options.directory ? [claude.comRedirectUri] : [];
  const headers = { accept: 'application/json' };
  const body = {
    client_name: name,
    redirect_uris: [claude.redirectUri, ...directory, ...(loopback ? [loopback] : [])],
    grant_types: ['authorization_code', 'refresh_token'],
    response_types: ['code'],
    token_endpoint_auth_method: method,
  };
  const answer = await send(examination, endpoint, { method: 'POST', headers, body }, 'registration');
  const refusal = refused(answer);
  if (refusal || 'failed' in answer) return { problems: refusal ? [refusal] : [], ms: answer.ms };

  const client = read(answer.json, method);
  if (!client) return { problems: [{ id: 'registration-invalid', detail: describe(answer) }], ms: answer.ms };
  keepSecret(examination, client.secret, client.management?.token);
  return { client, problems: [...judgeMethod(answer, client), ...judgeKind(answer, client)], ms: answer.ms };
}

function refused(answer: Answer | NoAnswer): Problem | undefined {
  if ('failed' in answer) return noAnswer(answer, 'registration-refused');
  if (answer.status === 200 || answer.status === 201) return undefined;
  const id = recognizeCause(answer.text) ?? 'registration-refused';
  return gatekeeper(answer) ?? { id, detail: describe(answer) };
}

function read(json: unknown, authMethod: Method): ExaminedClient | undefined {
  const id = textMember(json, 'client_id');
  if (!isObject(json) || !id) return undefined;
  const [url, token] = [
    textMember(json, 'registration_client_uri'),
    textMember(json, 'registration_access_token'),
  ];
  return {
    id,
    secret: textMember(json, 'client_secret'),
    authMethod,
    redirectUri: claude.redirectUri,
    management: url && token ? { url, token } : undefined,
  };
}

/**
 * Compares the method and the secret with the request. An answer without the method is only a warning unless it brings
 * a secret that the client did not request: Claude continues with the method it requested.
 */
function judgeMethod({ json }: Answer, { authMethod, secret }: ExaminedClient): Problem[] {
  const given = textMember(json, 'token_endpoint_auth_method');
  const [needsSecret, hasSecret] = [authMethod !== 'none', secret !== undefined];
  if (given === authMethod && hasSecret === needsSecret) return [];
  const isOmitted = given === undefined && (needsSecret || !hasSecret);
  const got = `${given ?? 'no method'} ${hasSecret ? 'with' : 'without'} a secret`;
  return [
    {
      id: isOmitted ? 'auth-method-omitted' : 'auth-method-changed',
      detail: `Requested ${authMethod}, got ${got}.`,
    },
  ];
}

/** Auth0 marks third-party applications with this prefix, and its own endpoint creates no others. */
function judgeKind({ url }: Answer, { id }: ExaminedClient): Problem[] {
  if (!id.startsWith('tpc_') && !url.endsWith('/oidc/register')) return [];
  return [{ id: 'generic-client', detail: `${url} registered ${id}.` }];
}

import { randomBytes } from 'node:crypto';
import { type Check, outcome, type Problem } from '../check.ts';
import { claude, doctorName } from '../clients.ts';
import { describe } from '../describe.ts';
import { type Examination, type ExaminedClient, keepSecret, patience } from '../examination.ts';
import { gatekeeper } from '../gatekeeper.ts';
import { recogniseCause } from '../known-causes.ts';
import { isObject, textMember } from '../member.ts';
import { type Answer, type NoAnswer, probe } from '../probe.ts';

/** Registers as Claude does (RFC 7591), once with a secret and once without. */
export const registration: Check = {
  id: 'registration',
  phase: 'Registration',
  needs: 'sign-in',
  title: 'Clients can register',
  async run(examination) {
    const endpoint = examination.server?.registrationEndpoint;
    if (!endpoint) return { skipped: 'no registration endpoint is advertised' };
    // A name of its own for each run, if the run can clean up; else the same one, which a careful server
    // recognises instead of making another application.
    const removable = examination.options.tenant !== undefined;
    const name = removable ? `${doctorName} ${randomBytes(4).toString('hex')}` : doctorName;

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
  const answer = await probe(endpoint, {
    method: 'POST',
    headers: { accept: 'application/json' },
    body: {
      client_name: name,
      redirect_uris: [claude.redirectUri, ...(loopback ? [loopback] : [])],
      grant_types: ['authorization_code', 'refresh_token'],
      response_types: ['code'],
      token_endpoint_auth_method: method,
    },
    timeout: patience(examination, 'registration'),
  });
  const refusal = refused(answer);
  if (refusal || 'failed' in answer) return { problems: refusal ? [refusal] : [], ms: answer.ms };

  const client = read(answer.json, method);
  if (!client) return { problems: [{ id: 'registration-invalid', detail: describe(answer) }], ms: answer.ms };
  keepSecret(examination, client.secret, client.management?.token);
  return { client, problems: [...judge(answer, client)], ms: answer.ms };
}

function refused(answer: Answer | NoAnswer): Problem | undefined {
  const detail = describe(answer);
  if ('failed' in answer)
    return { id: answer.failed === 'timeout' ? 'timeout' : 'registration-refused', detail };
  if (answer.status === 200 || answer.status === 201) return undefined;
  return gatekeeper(answer) ?? { id: recogniseCause(answer.text) ?? 'registration-refused', detail };
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

function judge({ json, url }: Answer, client: ExaminedClient): Problem[] {
  const problems: Problem[] = [];
  const given = textMember(json, 'token_endpoint_auth_method');
  const fits =
    given === client.authMethod && (client.secret !== undefined) === (client.authMethod !== 'none');
  if (!fits)
    problems.push({
      id: 'auth-method-changed',
      detail: `Asked for ${client.authMethod}, got ${given ?? 'no method'} ${client.secret ? 'with' : 'without'} a secret.`,
    });
  // Auth0 marks third-party applications by this prefix, and makes no others under its own endpoint.
  if (client.id.startsWith('tpc_') || url.endsWith('/oidc/register'))
    problems.push({ id: 'generic-client', detail: `${url} registered ${client.id}.` });
  return problems;
}

import { createPublicKey } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { apiMark } from '../../lib/oauth/client/application/record.ts';
import { isScope } from '../../lib/scope-rules.ts';
import { scopeDescriptions } from '../../lib/scopes.ts';
import { CommandFailure } from '../failure.ts';
import type { Management } from '../management/management.ts';
import type { Api } from './api.ts';
import type { Application } from './application.ts';
import { findClientGrant } from './client-grant.ts';
import type { Extra } from './extra.ts';
import { type Change, type Finding, stepOf } from './plan.ts';

/** The `client_metadata` key that marks a machine client. Its value is the API's identifier; the server reads it too. */
const marker = 'machine_client_of';
/** Auth0 takes metadata values of up to 255 characters. */
const maxKeyLength = 255;

/** What `--machine-client`, `--scopes` and `--public-key` ask for. */
export type MachineClientRequest = { name: string; scopes: string[]; publicKey: string | undefined };

/** Reads the flags. Throws `CommandFailure` if a scope is unknown or the key cannot be used. */
export async function readMachineClient(flags: {
  'machine-client'?: string | undefined;
  scopes?: string | undefined;
  'public-key'?: string | undefined;
}): Promise<MachineClientRequest | undefined> {
  const name = flags['machine-client'];
  if (name === undefined) return undefined;
  if (!/^[^<>]{1,100}$/.test(name.trim()))
    throw new CommandFailure(
      'The name of the machine client is not usable.',
      'Use 1 to 100 characters, without < and >.',
    );
  const scopes = (flags.scopes ?? '').split(/[ ,]+/).filter(Boolean);
  const unknown = scopes.filter((scope) => !isScope(scope));
  if (scopes.length === 0 || unknown.length)
    throw new CommandFailure(
      unknown.length ? `There is no scope ${unknown.join(', ')}.` : 'The machine client needs scopes.',
      `Give --scopes with some of ${Object.keys(scopeDescriptions).join(', ')}.`,
    );
  const path = flags['public-key'];
  return { name: name.trim(), scopes, publicKey: path === undefined ? undefined : await readKey(path) };
}

/** A public key as a JWK in JSON, from a file in PEM or JWK form. */
async function readKey(path: string): Promise<string> {
  let jwk: Record<string, unknown>;
  try {
    const text = await readFile(path, 'utf8');
    const key = text.trim().startsWith('{')
      ? createPublicKey({ key: JSON.parse(text), format: 'jwk' })
      : createPublicKey(text);
    jwk = key.export({ format: 'jwk' }) as Record<string, unknown>;
  } catch (cause) {
    throw new CommandFailure(`${path} is not a public key.`, 'Give a public key as PEM or JWK.', { cause });
  }
  const json = JSON.stringify(jwk);
  const usable = jwk.crv === 'P-256' || jwk.crv === 'Ed25519';
  if (!usable || json.length > maxKeyLength)
    throw new CommandFailure(
      'The key is of a kind that cannot be registered.',
      'Use a P-256 (ES256) or Ed25519 (EdDSA) key.',
    );
  return json;
}

/**
 * Plans a machine client: an application of the tenant that gets tokens for itself. With a secret, a client grant says what
 * it may do. With a key, its metadata do, because then this server checks the client.
 */
export async function planMachineClient(
  management: Management,
  input: {
    request: MachineClientRequest;
    identifier: string;
    applications: Application[];
    api: Api | undefined;
  },
): Promise<Extra> {
  const { request, identifier, applications, api } = input;
  const { name, scopes, publicKey } = request;
  const existing = applications.find(
    (each) => each.name === name && each.client_metadata?.[marker] === apiMark(identifier),
  );
  const grant = existing && (await findClientGrant(management, existing.client_id, identifier));
  const scope = scopes.join(' ');
  const changes: Change[] = [];
  const now = publicKey ? existing?.client_metadata?.scopes : grant?.scope?.join(' ');
  if (now !== scope)
    changes.push({
      property: 'scopes',
      ...(now ? { from: String(now), loosens: true } : {}),
      to: scope,
      why: 'What the client may do, without a user.',
    });
  if (publicKey && existing?.client_metadata?.key !== publicKey)
    changes.push({ property: 'key', to: '(the public key)', why: 'The client signs with its private half.' });
  const policy = api?.subject_type_authorization?.client?.policy;
  const opensApi = !publicKey && policy !== 'require_client_grant' && policy !== 'allow_all';
  if (opensApi)
    changes.push({
      property: 'subject_type_authorization.client.policy',
      ...(policy ? { from: policy, loosens: true } : {}),
      to: 'require_client_grant',
      why: 'Lets applications with a client grant get tokens for themselves.',
    });

  const metadata = { [marker]: apiMark(identifier), ...(publicKey && { scopes: scope, key: publicKey }) };
  const findings: Finding[] = [];
  if (existing && !publicKey)
    findings.push({
      level: 'note',
      message: `The secret of ${name} stays as it is.`,
      fix: 'Rotate it in the Auth0 dashboard if it is lost.',
    });
  return {
    step: stepOf(`machine client ${name}`, existing !== undefined, changes),
    findings,
    needs: [
      existing ? 'update:clients' : 'create:clients',
      ...(publicKey ? [] : [grant ? 'update:client_grants' : 'create:client_grants']),
      ...(opensApi ? ['update:resource_servers'] : []),
    ],
    async apply(management) {
      const path = `.env.${slugOf(name)}`;
      if (existing && changes.length === 0)
        return { file: { path, variables: new Map([['MCP_CLIENT_ID', existing.client_id]]) } };
      if (opensApi) {
        const api = `/resource-servers/${encodeURIComponent(identifier)}`;
        const client = { policy: 'require_client_grant' };
        const user = { policy: 'allow_all' };
        const json = { subject_type_authorization: { user, client } };
        await management.call({ method: 'PATCH', path: api, json }, z.unknown());
      }
      const made = existing
        ? await update(management, existing.client_id, metadata)
        : await create(management, name, metadata, publicKey !== undefined);
      if (!publicKey) await setGrant(management, made.client_id, identifier, scopes, grant?.id);
      const variables = new Map([['MCP_CLIENT_ID', made.client_id]]);
      if (made.client_secret && !publicKey) variables.set('MCP_CLIENT_SECRET', made.client_secret);
      return { file: { path, variables } };
    },
  };
}

const madeSchema = z.looseObject({ client_id: z.string(), client_secret: z.string().optional() });

function create(management: Management, name: string, metadata: object, signs: boolean) {
  const json = {
    name,
    description: 'A machine client of the MCP server.',
    app_type: 'non_interactive',
    // A client that signs never asks Auth0 for a token: this server verifies it.
    grant_types: signs ? [] : ['client_credentials'],
    token_endpoint_auth_method: 'client_secret_post',
    client_metadata: metadata,
  };
  return management.call({ method: 'POST', path: '/clients', json }, madeSchema);
}

function update(management: Management, id: string, metadata: object) {
  const path = `/clients/${encodeURIComponent(id)}`;
  return management.call({ method: 'PATCH', path, json: { client_metadata: metadata } }, madeSchema);
}

async function setGrant(
  management: Management,
  clientId: string,
  audience: string,
  scope: string[],
  existing: string | undefined,
): Promise<void> {
  if (existing === undefined) {
    const json = { client_id: clientId, audience, scope, subject_type: 'client' };
    await management.call({ method: 'POST', path: '/client-grants', json }, z.unknown());
  } else
    await management.call(
      { method: 'PATCH', path: `/client-grants/${existing}`, json: { scope } },
      z.unknown(),
    );
}

function slugOf(name: string): string {
  return (
    name
      .toLowerCase()
      .replace(/[^a-z0-9]+/g, '-')
      .replace(/^-|-$/g, '') || 'machine-client'
  );
}

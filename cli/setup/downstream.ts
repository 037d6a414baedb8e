import { z } from 'zod';
import { CommandFailure } from '../failure.ts';
import type { Management } from '../management/management.ts';
import { type Api, findApi } from './api.ts';
import { apiClientMissing, apiClientOf, createApiClient, secretUnknown } from './api-client.ts';
import type { Application } from './application.ts';
import type { Extra } from './extra.ts';
import { type Change, type Finding, stepOf } from './plan.ts';

const exchange = 'on_behalf_of_token_exchange';

/** What `--downstream` and `--downstream-scopes` ask for. */
export type DownstreamRequest = { audience: string; scopes: string[] };

/** Reads the flags. Throws `CommandFailure` if the scopes are missing. */
export function readDownstream(flags: {
  downstream?: string | undefined;
  'downstream-scopes'?: string | undefined;
}): DownstreamRequest | undefined {
  const { downstream: audience } = flags;
  if (audience === undefined) return undefined;
  const scopes = (flags['downstream-scopes'] ?? '').split(/[ ,]+/).filter(Boolean);
  if (scopes.length === 0)
    throw new CommandFailure(
      `It is not clear what the server may do at ${audience}.`,
      'Give --downstream-scopes with the scopes of that API that tools ask for.',
    );
  return { audience, scopes };
}

const grantSchema = z.looseObject({ id: z.string(), scope: z.array(z.string()).nullish() });

/**
 * Plans the custom API client as which the server obtains tokens for another API on behalf of users, and its grant for that
 * API. The API itself must exist: it is yours.
 */
export async function planDownstream(
  management: Management,
  input: {
    request: DownstreamRequest;
    identifier: string;
    applications: Application[];
    /** The secret of an existing application, if it can be found. */
    secretOf: (clientId: string) => Promise<string | undefined>;
  },
): Promise<Extra> {
  const { request, identifier, applications } = input;
  const { audience, scopes } = request;
  const api = await findApi(management, audience);
  const existing = apiClientOf(applications, identifier);
  const grants = existing
    ? await management.call(
        {
          method: 'GET',
          path: '/client-grants',
          query: { client_id: existing.client_id, audience, subject_type: 'user' },
        },
        z.array(grantSchema),
      )
    : [];
  const [grant] = grants;
  const secret = existing && (await input.secretOf(existing.client_id));
  const findings = findingsOf(api, request, existing, secret);

  const changes: Change[] = [];
  if (!existing) changes.push(apiClientMissing);
  const now = grant?.scope ?? [];
  const all = [...new Set([...now, ...scopes])];
  if (all.length > now.length)
    changes.push({
      property: `scopes for ${audience}`,
      ...(now.length ? { from: now.join(' '), loosens: true } : {}),
      to: all.join(' '),
      why: 'What tools may do there as a user. A user’s own permissions still apply.',
    });
  const allowed = z
    .object({ allow_any_profile_of_type: z.array(z.string()) })
    .safeParse(existing?.token_exchange);
  const opens = existing !== undefined && !allowed.data?.allow_any_profile_of_type.includes(exchange);
  if (opens)
    changes.push({ property: 'token_exchange', to: exchange, why: 'Turns the exchange on.', loosens: true });

  return {
    step: stepOf(`custom API client for ${audience}`, existing !== undefined, changes),
    findings,
    needs: changes.length
      ? [
          existing ? 'update:clients' : 'create:clients',
          grant ? 'update:client_grants' : 'create:client_grants',
        ]
      : [],
    async apply(management) {
      const token_exchange = { allow_any_profile_of_type: [exchange] };
      const client = existing
        ? { client_id: existing.client_id, client_secret: secret ?? '' }
        : await createApiClient(management, identifier, { token_exchange });
      if (opens)
        await management.call(
          {
            method: 'PATCH',
            path: `/clients/${encodeURIComponent(client.client_id)}`,
            json: { token_exchange },
          },
          z.unknown(),
        );
      if (!grant)
        await management.call(
          {
            method: 'POST',
            path: '/client-grants',
            json: { client_id: client.client_id, audience, scope: all, subject_type: 'user' },
          },
          z.unknown(),
        );
      else if (all.length > now.length)
        await management.call(
          { method: 'PATCH', path: `/client-grants/${grant.id}`, json: { scope: all } },
          z.unknown(),
        );
      const why = 'As which tools call other APIs for users.';
      return {
        variables: [
          { name: 'AUTH0_API_CLIENT_ID', value: client.client_id, why },
          { name: 'AUTH0_API_CLIENT_SECRET', value: client.client_secret, secret: true, why: 'Its secret.' },
        ],
      };
    },
  };
}

function findingsOf(
  api: Api | undefined,
  { audience, scopes }: DownstreamRequest,
  existing: Application | undefined,
  secret: string | undefined,
): Finding[] {
  if (!api)
    return [
      {
        level: 'problem',
        message: `The tenant has no API ${audience}.`,
        fix: 'Create it in the dashboard (Applications > APIs) with its scopes, or check --downstream.',
      },
    ];
  const findings: Finding[] = [];
  const missing = scopes.filter((scope) => !api.scopes?.some(({ value }) => value === scope));
  if (missing.length)
    findings.push({
      level: 'problem',
      message: `The API ${audience} has no scope ${missing.join(', ')}.`,
      fix: 'Add it to the API, or check --downstream-scopes.',
    });
  if (!api.skip_consent_for_verifiable_first_party_clients)
    findings.push({
      level: 'problem',
      message: `The API ${audience} asks users for consent, which nobody can give during a token exchange.`,
      fix: 'Turn on “Allow Skipping User Consent” in the API’s settings.',
    });
  if (existing && secret === undefined) findings.push(secretUnknown(existing));
  return findings;
}

import type { Middleware } from 'koa';
import { z } from 'zod';
import { readBody } from './body.ts';
import { refuseOverQuota } from './management/clients.ts';
import { parsePayload } from './management/payload.ts';
import { type Reply, refusal } from './management/reply.ts';
import { thirdPartyDefaults } from './management/third-party-client.ts';
import { newApplication } from './model/applications.ts';
import type { TenantState } from './model/state.ts';

const clientMetadata = z.object({
  client_name: z.string().min(1).optional(),
  redirect_uris: z.array(z.url()).min(1),
  grant_types: z.array(z.enum(['authorization_code', 'refresh_token'])).optional(),
  response_types: z.array(z.string()).optional(),
  token_endpoint_auth_method: z.enum(['none', 'client_secret_post', 'client_secret_basic']).optional(),
});

/**
 * `POST /oidc/register`: Auth0's own dynamic registration, which creates third-party applications.
 *
 * Enforces, from the Authentication API reference and "Security Controls for Third-Party Applications": the tenant's flag, at
 * least one absolute redirect URI, grant types for users only, the plan's number of applications, and the restrictions for
 * third-party applications (`third-party.ts`) unless the tenant registers in the permissive mode.
 */
export function registration(state: TenantState): Middleware {
  return async (ctx, next) => {
    if (ctx.path !== '/oidc/register' || ctx.method !== 'POST') return next();
    const body = await readBody(ctx);
    const reply = register(state, body.kind === 'json' ? body.value : undefined);
    ctx.status = reply.status;
    ctx.body = reply.body;
  };
}

function register(state: TenantState, body: unknown): Reply {
  if (!state.settings.flags.enable_dynamic_client_registration) return refusal(404, 'Not Found');
  const parsed = parsePayload(clientMetadata, body);
  if (!parsed.ok) return parsed.reply;
  const overQuota = refuseOverQuota(state);
  if (overQuota) return overQuota;

  const {
    client_name: name = 'Unnamed client',
    redirect_uris,
    grant_types = ['authorization_code'],
    response_types = ['code'],
    token_endpoint_auth_method = 'client_secret_post',
  } = parsed.value;
  const input = {
    name,
    callbacks: redirect_uris,
    grant_types,
    token_endpoint_auth_method,
    is_first_party: false,
    oidc_conformant: true,
  };
  const application = newApplication(state.name, { ...thirdPartyDefaults(input), ...input });
  application.third_party_security_mode =
    state.settings.dynamic_client_registration_security_mode ?? 'strict';
  state.applications.set(application.client_id, application);
  const { client_id, client_secret } = application;
  return {
    status: 201,
    body: {
      client_id,
      client_name: name,
      ...(token_endpoint_auth_method === 'none' ? {} : { client_secret, client_secret_expires_at: 0 }),
      redirect_uris,
      grant_types,
      response_types,
      token_endpoint_auth_method,
    },
  };
}

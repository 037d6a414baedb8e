import type { Context, Middleware } from 'koa';
import type { Provider } from 'oidc-provider';
import { readBody } from './body.ts';
import { rememberConsent } from './consent.ts';
import { findInteraction, finishInteraction, type Interaction } from './interaction.ts';
import type { Application } from './model/applications.ts';
import { findUser, type TenantState } from './model/state.ts';
import type { User } from './model/users.ts';
import { requestedGrant } from './oidc-query.ts';
import { findOrganization } from './organizations/organizations.ts';
import { consentPage, errorPage, loginPage } from './pages.ts';
import { sameSecret } from './same-secret.ts';
import { usableConnections } from './usable-connections.ts';

/** A request to a page during a sign-in. `fields` are those of a submitted form. */
type Visit = {
  ctx: Context;
  state: TenantState;
  provider: Provider;
  interaction: Interaction;
  application: Application;
  fields: URLSearchParams | undefined;
};

/** Answers with a page that cannot be framed. */
export function html(ctx: Context, status: number, body: string): void {
  ctx.status = status;
  ctx.type = 'html';
  ctx.set({
    'Cache-Control': 'no-store',
    'Content-Security-Policy': "frame-ancestors 'none'",
    'X-Frame-Options': 'deny',
  });
  ctx.body = body;
}

/** The fields of a submitted form. */
export async function readForm(ctx: Context): Promise<URLSearchParams> {
  const body = await readBody(ctx);
  return body.kind === 'form' ? body.params : new URLSearchParams();
}

/** The pages for users: `/u/login` and `/u/consent`. */
export function login(state: TenantState, provider: () => Provider): Middleware {
  return async (ctx, next) => {
    if (ctx.path !== '/u/login' && ctx.path !== '/u/consent') return next();
    const interaction = await findInteraction(provider(), String(ctx.query.state ?? ''));
    const application = state.applications.get(String(interaction?.params.client_id));
    if (interaction === undefined || application === undefined) {
      html(
        ctx,
        400,
        errorPage('invalid_request', 'This sign-in has expired. Go back to the application and try again.'),
      );
      return;
    }
    const fields = ctx.method === 'POST' ? await readForm(ctx) : undefined;
    const visit = { ctx, state, provider: provider(), interaction, application, fields };
    await (ctx.path === '/u/login' ? signIn(visit) : consent(visit));
  };
}

async function signIn(visit: Visit): Promise<void> {
  const { ctx, state, interaction, application, fields } = visit;
  const wanted = interaction.params.connection;
  const organization = findOrganization(state, interaction.params.organization?.toString());
  const connections = usableConnections(state, application, organization).filter(
    ({ name }) => wanted === undefined || name === wanted,
  );
  const names = connections.map(({ name }) => name);
  const user = fields === undefined ? undefined : authenticate(state, names, fields);
  if (user) {
    const result = user.blocked
      ? { error: 'unauthorized', error_description: 'user is blocked' }
      : { login: { accountId: user.user_id } };
    await finishInteraction(ctx, visit.provider, interaction, result);
    return;
  }
  const page = loginPage({
    applicationName: application.name,
    username: fields?.get('username') ?? String(interaction.params.login_hint ?? ''),
    password: connections.some(({ strategy }) => strategy === 'auth0'),
    socialConnections: connections.filter(({ strategy }) => strategy !== 'auth0').map(({ name }) => name),
    accounts: state.users.flatMap(({ email, password, name }) =>
      password === undefined ? [] : [{ email, password, name }],
    ),
    ...(fields === undefined ? {} : { error: 'Wrong email or password' }),
  });
  html(ctx, fields === undefined ? 200 : 400, page);
}

/** The user whom the form authenticates: by the button of a social connection, or by email address and password. */
function authenticate(state: TenantState, connections: string[], fields: URLSearchParams): User | undefined {
  const social = fields.get('connection');
  const candidates = state.users.filter(({ connection }) => connections.includes(connection));
  if (social !== null) {
    return candidates.find(({ connection, password }) => connection === social && password === undefined);
  }
  return candidates.find(
    ({ email, password }) =>
      email.toLowerCase() === fields.get('username')?.trim().toLowerCase() &&
      password !== undefined &&
      sameSecret(password, fields.get('password') ?? ''),
  );
}

async function consent(visit: Visit): Promise<void> {
  const { ctx, state, interaction, application, fields } = visit;
  const user = findUser(state, interaction.session?.accountId);
  const granted = requestedGrant(interaction.params);
  const action = fields?.get('action');
  if (user !== undefined && action === 'accept') {
    rememberConsent(state, user.user_id, application.client_id, granted);
    await finishInteraction(ctx, visit.provider, interaction, { consent: {} });
  } else if (action === 'deny') {
    await finishInteraction(ctx, visit.provider, interaction, {
      error: 'access_denied',
      error_description: 'User did not authorize the request',
    });
  } else {
    html(
      ctx,
      200,
      consentPage({ applicationName: application.name, userName: user?.name ?? '', scopes: granted.scopes }),
    );
  }
}

import type { Context, Middleware } from 'koa';
import type { Provider } from 'oidc-provider';
import { findInteraction, finishInteraction, type Interaction } from '../interaction.ts';
import { html, readForm } from '../login.ts';
import type { Organization } from '../model/organizations.ts';
import { findUser, type TenantState } from '../model/state.ts';
import type { User } from '../model/users.ts';
import { errorPage, escapeHtml, page } from '../pages.ts';
import { findInvitation } from './authorize.ts';
import { findOrganization, membershipsOf, organizationBehavior } from './organizations.ts';

const expired = 'This sign-in has expired. Go back to the application and try again.';

/** The page for users who have signed in and must be in an organization: `/u/organization`. */
export function organizationPages(state: TenantState, provider: () => Provider): Middleware {
  return async (ctx, next) => {
    if (ctx.path !== '/u/organization') return next();
    const interaction = await findInteraction(provider(), String(ctx.query.state ?? ''));
    const user = findUser(state, interaction?.session?.accountId);
    if (!interaction || !user) return html(ctx, 400, errorPage('invalid_request', expired));
    const wanted = findOrganization(state, text(interaction.params.organization));
    const finish = (result: Parameters<typeof finishInteraction>[3]) =>
      finishInteraction(ctx, provider(), interaction, result);
    if (wanted) {
      if (admit(state, wanted, user, text(interaction.params.invitation)))
        return finish({ organization: { id: wanted.id } });
      return finish(denied(`user ${user.user_id} is not part of the ${wanted.id} organization`));
    }
    await choose(state, ctx, interaction, user, finish);
  };
}

const text = (value: unknown) => (typeof value === 'string' ? value : undefined);
const denied = (error_description: string) => ({ error: 'access_denied', error_description });

/** Makes the user a member if an invitation or the connection does that. */
function admit(
  state: TenantState,
  organization: Organization,
  user: User,
  ticket: string | undefined,
): boolean {
  const invitation = ticket === undefined ? undefined : findInvitation(state, organization, ticket);
  if (invitation && invitation.email.toLowerCase() === user.email.toLowerCase()) {
    organization.invitations = organization.invitations.filter((each) => each !== invitation);
    organization.members.set(user.user_id, invitation.roles);
  }
  const connection = state.connections.find(({ name }) => name === user.connection);
  if (connection && organization.connections.get(connection.id)?.assign_membership_on_login)
    organization.members.set(user.user_id, organization.members.get(user.user_id) ?? []);
  return organization.members.has(user.user_id);
}

/** The organization picker. A single choice is made for the user. */
async function choose(
  state: TenantState,
  ctx: Context,
  interaction: Interaction,
  user: User,
  finish: (result: Parameters<typeof finishInteraction>[3]) => Promise<void>,
): Promise<void> {
  const application = state.applications.get(String(interaction.params.client_id));
  const optional = application !== undefined && organizationBehavior(application).usage === 'allow';
  const choices = membershipsOf(state, user.user_id);
  const [only, ...others] = choices;
  if (!only)
    return finish(
      denied('client requires organization membership, but user does not belong to any organization'),
    );
  if (!others.length && !optional) return finish({ organization: { id: only.id } });
  const chosen = ctx.method === 'POST' ? (await readForm(ctx)).get('organization') : null;
  if (chosen === 'personal' && optional) return finish({ organization: {} });
  const found = choices.find(({ id }) => id === chosen);
  if (found) return finish({ organization: { id: found.id } });
  html(ctx, 200, picker(choices, optional));
}

function picker(choices: Organization[], optional: boolean): string {
  const button = (value: string, words: string) =>
    `<button type="submit" name="organization" value="${escapeHtml(value)}">${escapeHtml(words)}</button>`;
  return page(
    'Select an organization',
    `<h1>Select an organization</h1>
<form method="post">
${choices.map(({ id, name, display_name }) => button(id, display_name ?? name)).join('\n')}
${optional ? button('personal', 'Personal account') : ''}
</form>`,
  );
}

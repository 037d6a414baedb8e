import { z } from 'zod';
import { randomAlphanumerics } from '../model/identifiers.ts';
import type { Role } from '../model/roles.ts';
import { findUser, type TenantState, tenantNowMs } from '../model/state.ts';
import { listing } from './listing.ts';
import { withOrganization } from './organizations.ts';
import { parsePayload } from './payload.ts';
import { checkpoints, paging, selection } from './query.ts';
import { type Reply, refusal } from './reply.ts';
import type { ManagementRequest, Route } from './route.ts';

const membersPath = '/organizations/:id/members';
const rolesPath = '/organizations/:id/members/:user/roles';
const invitationsPath = '/organizations/:id/invitations';

const memberList = z.strictObject({ ...paging, ...checkpoints, ...selection() });
const roleList = z.strictObject(paging);

/**
 * Members of an organization, their roles in it, and invitations. Nothing is sent by email: an invitation's answer has the
 * link, which Auth0 returns too.
 */
export const organizationMemberRoutes: readonly Route[] = [
  {
    method: 'GET',
    path: membersPath,
    scopes: ['read:organization_members'],
    query: memberList,
    handle: list,
  },
  { method: 'POST', path: membersPath, scopes: ['create:organization_members'], handle: add },
  { method: 'DELETE', path: membersPath, scopes: ['delete:organization_members'], handle: remove },
  {
    method: 'GET',
    path: rolesPath,
    scopes: ['read:organization_member_roles'],
    query: roleList,
    handle: listRoles,
  },
  { method: 'POST', path: rolesPath, scopes: ['create:organization_member_roles'], handle: assign },
  { method: 'DELETE', path: rolesPath, scopes: ['delete:organization_member_roles'], handle: unassign },
  { method: 'POST', path: invitationsPath, scopes: ['create:organization_invitations'], handle: invite },
];

const userIds = z.strictObject({ members: z.array(z.string().min(1)).min(1).max(10) });

function list(request: ManagementRequest): Reply {
  const { state, query } = request;
  return withOrganization(request, ({ members }) => {
    const found = [...members.keys()].flatMap((id) => {
      const user = findUser(state, id);
      return user ? [{ user_id: id, email: user.email, name: user.name }] : [];
    });
    return listing('members', found, query);
  });
}

function add(request: ManagementRequest): Reply {
  const parsed = parsePayload(userIds, request.body);
  if (!parsed.ok) return parsed.reply;
  return withOrganization(request, ({ members }) => {
    if (parsed.value.members.some((id) => findUser(request.state, id) === undefined))
      return refusal(404, 'The user does not exist.', 'inexistent_user');
    for (const id of parsed.value.members) members.set(id, members.get(id) ?? []);
    return { status: 204 };
  });
}

function remove(request: ManagementRequest): Reply {
  const parsed = parsePayload(userIds, request.body);
  if (!parsed.ok) return parsed.reply;
  return withOrganization(request, ({ members }) => {
    for (const id of parsed.value.members) members.delete(id);
    return { status: 204 };
  });
}

const roleIds = z.strictObject({ roles: z.array(z.string().min(1)).min(1) });

const visible = ({ id, name, description }: Role) => ({ id, name, description });

function listRoles(request: ManagementRequest): Reply {
  return withMember(request, (roles) => ({ reply: listing('roles', roles.map(visible), request.query) }));
}

function assign(request: ManagementRequest): Reply {
  return changeRoles(request, (held, named) => [...new Set([...held, ...named])]);
}

function unassign(request: ManagementRequest): Reply {
  return changeRoles(request, (held, named) => held.filter((role) => !named.includes(role)));
}

function changeRoles(request: ManagementRequest, next: (held: Role[], named: Role[]) => Role[]): Reply {
  const parsed = parsePayload(roleIds, request.body);
  if (!parsed.ok) return parsed.reply;
  const named = rolesOf(request.state, parsed.value.roles);
  if (named === undefined) return refusal(404, 'The role does not exist.', 'inexistent_role');
  return withMember(request, (held) => ({ reply: { status: 204 }, roles: next(held, named) }));
}

function rolesOf(state: TenantState, ids: string[]): Role[] | undefined {
  const found = state.roles.filter(({ id }) => ids.includes(id));
  return found.length === new Set(ids).size ? found : undefined;
}

/** Answers for the member that the path names, whose roles may change; 404 for others. */
function withMember(
  request: ManagementRequest,
  answer: (roles: Role[]) => { reply: Reply; roles?: Role[] },
): Reply {
  return withOrganization(request, ({ members }) => {
    const id = request.params.user ?? '';
    const held = members.get(id);
    if (held === undefined)
      return refusal(404, 'The user is not a member of the organization.', 'inexistent_member');
    const { reply, roles = held } = answer(held);
    members.set(id, roles);
    return reply;
  });
}

const invitation = z.strictObject({
  inviter: z.strictObject({ name: z.string().min(1) }),
  invitee: z.strictObject({ email: z.email() }),
  client_id: z.string().min(1),
  connection_id: z.string().optional(),
  ttl_sec: z.int().min(1).max(2_592_000).optional(),
  roles: z.array(z.string()).optional(),
  send_invitation_email: z.boolean().optional(),
});

/** The link leads to the application's `initiate_login_uri`, which Auth0 requires. */
function invite(request: ManagementRequest): Reply {
  const parsed = parsePayload(invitation, request.body);
  if (!parsed.ok) return parsed.reply;
  const { state } = request;
  const { inviter, invitee, client_id, ttl_sec = 604_800, roles: ids = [] } = parsed.value;
  const loginUri = state.applications.get(client_id)?.initiate_login_uri;
  if (typeof loginUri !== 'string')
    return refusal(
      400,
      'A default login route is required to generate the invitation url.',
      'invalid_request',
    );
  const roles = rolesOf(state, ids);
  if (roles === undefined) return refusal(404, 'The role does not exist.', 'inexistent_role');
  return withOrganization(request, ({ id, name, invitations }) => {
    const ticket = randomAlphanumerics(32);
    const created = { id: `uinv_${randomAlphanumerics(16)}`, ticket, email: invitee.email, roles };
    invitations.push({ ...created, expiresAtMs: tenantNowMs(state) + ttl_sec * 1000 });
    const url = new URL(loginUri);
    url.search = new URLSearchParams({
      invitation: ticket,
      organization: id,
      organization_name: name,
    }).toString();
    const body = { id: created.id, ...{ inviter, invitee, client_id }, organization_id: id };
    return { status: 201, body: { ...body, ticket_id: ticket, invitation_url: url.href } };
  });
}

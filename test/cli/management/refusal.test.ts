import { expect, it } from 'vitest';
import { managementRefusal } from '../../../cli/management/refusal.ts';

it.each([
  ['Insufficient scope, expected any of: read:clients,read:client_keys', 'read:clients, read:client_keys'],
  ['Insufficient scope; expected any of: create:clients.', 'create:clients'],
  ['Insufficient scope; expected all of: read:users, read:roles.', 'read:users, read:roles'],
  ['Insufficient scope; expected: create:roles.', 'create:roles'],
  ['Insufficient scope, expected: read:refresh_tokens', 'read:refresh_tokens'],
  ['Something else', 'roles'],
])('names the missing scopes: %s', (message, scopes) => {
  const body = { statusCode: 403, error: 'Forbidden', message, errorCode: 'insufficient_scope' };
  const failure = managementRefusal({ method: 'POST', path: '/roles' }, { status: 403, headers: {}, body });
  expect(failure.message).toBe(`The Management API token lacks ${scopes}.`);
});

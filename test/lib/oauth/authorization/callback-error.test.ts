import { describe, expect, it } from 'vitest';
import { callbackError } from '../../../../lib/oauth/authorization/callback-error.ts';

describe("the tenant's error, as the client gets it", () => {
  it.each([
    ['access_denied', 'User did not authorize the request', 'access_denied'],
    ['login_required', 'Login required', 'login_required'],
    ['consent_required', 'Consent required', 'consent_required'],
    ['interaction_required', 'Multifactor required', 'interaction_required'],
    ['temporarily_unavailable', '', 'temporarily_unavailable'],
    ['unauthorized', 'Please verify your email before logging in.', 'access_denied'],
    ['access_denied', 'Service not found: https://preview.example.com', 'server_error'],
    ['invalid_request', 'no connections enabled for the client', 'server_error'],
    [
      'invalid_request',
      'Username-Password-Authentication does not exist or is not a domain connection',
      'server_error',
    ],
    ['invalid_request', 'Client "X" is not authorized to access resource server "Y".', 'server_error'],
    ['invalid_request', 'something else', 'server_error'],
    ['unsupported_response_type', '', 'server_error'],
    ['toString', 'constructor', 'server_error'],
  ])('%s, %s → %s', (error, description, expected) => {
    expect(callbackError(error, description).code).toBe(expected);
  });

  it("keeps a rule's words for the user, made safe for the wire", () => {
    const { message } = callbackError('access_denied', 'Only "staff" may in\\here\n<b>now</b> é');
    expect(message).toBe("Only 'staff' may in'here <b>now</b>");
  });

  it.each([
    'Service not found: https://internal.example',
    'Client "abc" is not authorized to access resource server "x"',
  ])('keeps %s to the log', (description) => {
    expect(callbackError('access_denied', description).message).not.toMatch(/internal|abc/);
  });
});

import { type Check, problem } from '../check.ts';
import { describe } from '../describe.ts';
import { tokenRequest } from '../token-request.ts';

/** Revokes the refresh token that the doctor received (RFC 7009). This also cleans up after the sign-in. */
export const revocation: Check = {
  id: 'revocation',
  phase: 'Sign-in',
  needs: 'sign-in',
  title: 'Revocation ends the grant',
  async run(examination) {
    const { server, signedIn } = examination;
    const token = signedIn?.tokens.refresh;
    if (!signedIn || !token) return { skipped: 'there is no refresh token' };
    const endpoint = server?.revocationEndpoint;
    if (!endpoint) return { skipped: 'the metadata has no revocation endpoint' };
    const { client } = signedIn;
    const revoked = await tokenRequest(
      examination,
      client,
      { token, token_type_hint: 'refresh_token' },
      endpoint,
    );
    if ('failed' in revoked || revoked.status !== 200) return problem('revocation-failed', describe(revoked));

    const again = await tokenRequest(examination, client, {
      grant_type: 'refresh_token',
      refresh_token: token,
    });
    if (!('failed' in again) && again.status === 200)
      return problem('revocation-ineffective', 'The token endpoint still answers 200.');
    return { detail: 'The refresh token no longer works.' };
  },
};

import { endpoint } from '../../lib/http/endpoint.ts';
import { revoke } from '../../lib/oauth/token/revocation.ts';

export default endpoint({ name: 'revoke', requires: 'oauth', methods: { POST: revoke }, cors: true });

import { endpoint } from '../../lib/http/endpoint.ts';
import { token } from '../../lib/oauth/token/endpoint.ts';

export default endpoint({ name: 'token', requires: 'oauth', methods: { POST: token }, cors: true });

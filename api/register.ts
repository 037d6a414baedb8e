import { endpoint, type SignInContext } from '../lib/http/endpoint.ts';
import { readJson } from '../lib/http/parameters.ts';
import { readRegistration, register } from '../lib/oauth/client/registration.ts';
import { deleteRegistration } from '../lib/oauth/client/registration-management.ts';

/** Dynamic client registration (RFC 7591), and its removal (RFC 7592). */
export default endpoint({
  name: 'register',
  requires: 'oauth',
  cors: true,
  methods: { POST: post, DELETE: deleteRegistration },
});

async function post(request: Request, context: SignInContext): Promise<Response> {
  const registration = readRegistration(await readJson(request), context.config);
  const client = await register(context, request, registration);
  return Response.json(client, { status: 201, headers: { 'cache-control': 'no-store' } });
}

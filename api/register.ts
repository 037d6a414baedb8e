import { endpoint } from '../lib/http/endpoint.ts';
import { readJson } from '../lib/http/parameters.ts';
import { readRegistration, register } from '../lib/oauth/client/registration.ts';
import { oauthConfig } from '../lib/oauth/enabled.ts';
import { limit } from '../lib/store/rate-limit.ts';

/** Dynamic client registration (RFC 7591). */
export default endpoint({
  name: 'register',
  cors: true,
  methods: {
    POST: async (request, context) => {
      oauthConfig(context);
      await limit(context, request, 'register');
      const registration = readRegistration(await readJson(request), context.config);
      const client = await register(context, request, registration);
      return Response.json(client, { status: 201, headers: { 'cache-control': 'no-store' } });
    },
  },
});

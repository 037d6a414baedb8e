import { endpoint } from '../lib/http/endpoint.ts';
import { startAuthorization } from '../lib/oauth/authorization/authorize.ts';
import { decide } from '../lib/oauth/authorization/decide.ts';
import { refusalPage } from '../lib/pages/error.ts';

export default endpoint({
  name: 'authorize',
  requires: 'oauth',
  methods: { GET: startAuthorization, POST: decide },
  renderError: refusalPage,
});

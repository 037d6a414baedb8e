import { endpoint } from '../lib/http/endpoint.ts';
import { callback } from '../lib/oauth/authorization/callback.ts';
import { refusalPage } from '../lib/pages/error.ts';

export default endpoint({
  name: 'callback',
  requires: 'oauth',
  methods: { GET: callback },
  renderError: refusalPage,
});

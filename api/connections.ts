import { act } from '../lib/connections/act.ts';
import { showConnections } from '../lib/connections/page.ts';
import { endpoint } from '../lib/http/endpoint.ts';
import { connectionsRefusalPage } from '../lib/pages/connections.ts';

export default endpoint({
  name: 'connections',
  requires: 'oauth',
  methods: { GET: showConnections, POST: act },
  renderError: connectionsRefusalPage,
});

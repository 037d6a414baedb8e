import { type Check, outcome, type Problem } from '../check.ts';

/** Whether clients can identify themselves with a metadata document or by registering. */
export const clientIdentity: Check = {
  id: 'client-identity',
  phase: 'Discovery',
  needs: 'sign-in',
  title: 'Clients can identify themselves',
  async run({ server }) {
    if (!server) return { skipped: 'there is no server metadata' };
    const { authMethods, acceptsClientDocuments, registrationEndpoint } = server;
    const problems: Problem[] = [];
    if (!acceptsClientDocuments && !registrationEndpoint)
      problems.push({
        id: 'no-client-identity',
        detail: 'The metadata has neither client documents nor a registration_endpoint.',
      });
    else if (!acceptsClientDocuments)
      problems.push({
        id: 'client-documents-unsupported',
        detail: 'client_id_metadata_document_supported is not true.',
      });
    if (!authMethods.includes('none'))
      problems.push({
        id: 'none-not-advertised',
        detail: `Advertised: ${authMethods.join(', ') || 'nothing'}.`,
      });
    return outcome(`By client document${registrationEndpoint ? ' and by registration' : ''}.`, problems);
  },
};

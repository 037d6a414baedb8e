import { type Check, problem } from '../check.ts';
import { send } from '../send.ts';

/** Whether the endpoints also work at the root paths, which some Claude versions use whatever the metadata says. */
export const rootEndpoints: Check = {
  id: 'root-endpoints',
  phase: 'Discovery',
  needs: 'sign-in',
  title: 'The endpoints also work at the root paths',
  async run(examination) {
    const { server, url } = examination;
    if (!server) return { skipped: 'there is no server metadata' };
    const { authorizationEndpoint, tokenEndpoint, registrationEndpoint } = server;
    const advertised = [authorizationEndpoint, tokenEndpoint, registrationEndpoint];
    const wanted = [
      { path: '/authorize', method: 'GET' as const, truncate: true },
      { path: '/token', method: 'POST' as const, body: new URLSearchParams() },
      ...(registrationEndpoint ? [{ path: '/register', method: 'POST' as const, body: {} }] : []),
    ].filter(({ path }) => !advertised.includes(`${url.origin}${path}`));

    const answers = await Promise.all(
      wanted.map(({ path, ...request }) => send(examination, `${url.origin}${path}`, request)),
    );
    const missing = answers.filter(
      (answer) => 'failed' in answer || [404, 405, 410, 501].includes(answer.status),
    );
    if (missing.length)
      return problem(
        'root-endpoints-missing',
        `Missing: ${missing.map((each) => new URL(each.url).pathname).join(', ')}.`,
      );
    return { detail: '/authorize, /token, /register.' };
  },
};

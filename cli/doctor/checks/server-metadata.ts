import { type Check, noAnswer, outcome, type Problem, problem } from '../check.ts';
import { describe } from '../describe.ts';
import type { Examination, ServerMetadata } from '../examination.ts';
import { gatekeeper } from '../gatekeeper.ts';
import { isLoopback } from '../loopback-host.ts';
import { isObject, listMember, member, textMember } from '../member.ts';
import type { Answer } from '../probe.ts';
import { send } from '../send.ts';

/** The authorization server's metadata (RFC 8414) and what clients require of it. */
export const serverMetadata: Check = {
  id: 'server-metadata',
  phase: 'Discovery',
  needs: 'sign-in',
  title: 'The authorization server has metadata',
  async run(examination) {
    // Without resource metadata, clients of the 2025-03-26 revision look at the server's own origin.
    const issuer = examination.issuer ?? examination.url.origin;
    const urls = metadataUrls(issuer);
    if (!urls.length) return problem('server-metadata-missing', `“${issuer}” is not a URL.`);
    let first: Problem | undefined;
    for (const url of urls) {
      const answer = await send(examination, url, { headers: { accept: 'application/json' } });
      if ('failed' in answer) {
        const found = noAnswer(answer, 'server-metadata-missing');
        if (answer.failed !== 'connection') return outcome('', [found]);
        first ??= found;
        continue;
      }
      if (answer.status === 200 && isObject(answer.json)) return judge(examination, issuer, answer);
      const stopped = gatekeeper(answer);
      if (stopped) return outcome('', [stopped]);
      first ??= { id: 'server-metadata-missing', detail: describe(answer) };
    }
    return outcome('', first ? [first] : []);
  },
};

/** The URLs that clients try, in order: RFC 8414 section 3.1, then the two forms of OpenID Connect Discovery. */
export function metadataUrls(issuer: string): string[] {
  const url = URL.parse(issuer);
  if (!url || !/^https?:$/.test(url.protocol)) return [];
  const path = url.pathname.replace(/\/$/, '');
  const appended = path ? [`${url.origin}${path}/.well-known/openid-configuration`] : [];
  return [
    `${url.origin}/.well-known/oauth-authorization-server${path}`,
    `${url.origin}/.well-known/openid-configuration${path}`,
    ...appended,
  ];
}

function judge(examination: Examination, expected: string, { json, url }: Answer) {
  const server = read(json);
  examination.server = server;
  const { privacy, documentation } = examination.links ?? {};
  examination.links = {
    privacy: privacy ?? textMember(json, 'op_policy_uri'),
    documentation: documentation ?? textMember(json, 'service_documentation'),
  };
  const problems: Problem[] = [];
  const add = (id: Problem['id'], detail: string) => problems.push({ id, detail });

  if (server.issuer !== expected) {
    const slash = server.issuer.replace(/\/+$/, '') === expected.replace(/\/+$/, '');
    add(
      slash ? 'issuer-slash' : 'issuer-mismatch',
      `Expected ${expected}, ${url} says ${server.issuer || 'nothing'}.`,
    );
  }
  for (const name of ['authorization_endpoint', 'token_endpoint', 'registration_endpoint'] as const) {
    const stated = member(json, name);
    if (stated === undefined && name === 'registration_endpoint') continue;
    if (!usable(stated))
      add('endpoint-missing', `${name} is ${stated === undefined ? 'missing' : JSON.stringify(stated)}.`);
  }
  if (!listMember(json, 'code_challenge_methods_supported').includes('S256'))
    add('pkce-not-advertised', `${url} does not list S256.`);
  if (!server.promisesIss) add('iss-not-advertised', `${url} does not promise it.`);
  // RFC 8414 section 2: without grant_types_supported, refresh_token is not among the grants.
  if (!listMember(json, 'grant_types_supported').includes('refresh_token'))
    add('refresh-not-advertised', `${url} does not list the grant refresh_token.`);
  return outcome(`${url}: issuer ${server.issuer}.`, problems);
}

function read(json: unknown): ServerMetadata {
  const endpoint = (name: string) => {
    const stated = textMember(json, name);
    return usable(stated) ? stated : undefined;
  };
  return {
    issuer: textMember(json, 'issuer') ?? '',
    authorizationEndpoint: endpoint('authorization_endpoint'),
    tokenEndpoint: endpoint('token_endpoint'),
    registrationEndpoint: endpoint('registration_endpoint'),
    revocationEndpoint: endpoint('revocation_endpoint'),
    scopes: listMember(json, 'scopes_supported'),
    authMethods: listMember(json, 'token_endpoint_auth_methods_supported'),
    acceptsClientDocuments: member(json, 'client_id_metadata_document_supported') === true,
    promisesIss: member(json, 'authorization_response_iss_parameter_supported') === true,
  };
}

function usable(stated: unknown): boolean {
  const url = typeof stated === 'string' ? URL.parse(stated) : null;
  return (
    url !== null && (url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback(url.hostname)))
  );
}

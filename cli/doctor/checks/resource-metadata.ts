import { type Check, noAnswer, outcome, type Problem } from '../check.ts';
import { describe } from '../describe.ts';
import type { Examination } from '../examination.ts';
import { gatekeeper } from '../gatekeeper.ts';
import { isObject, listMember, textMember } from '../member.ts';
import type { Answer } from '../probe.ts';
import { send } from '../send.ts';

/** The protected resource metadata (RFC 9728), looked up in the order that clients use. */
export const resourceMetadata: Check = {
  id: 'resource-metadata',
  phase: 'Discovery',
  needs: 'sign-in',
  title: 'The resource metadata describes this URL',
  async run(examination) {
    const found = await find(examination);
    if (!found.metadata) return outcome('', found.problems);
    const { json, url } = found.metadata;
    examination.resourceMetadataUrl = url;
    examination.resourceOrigin = URL.parse(textMember(json, 'resource') ?? '')?.origin;
    examination.resourceScopes = listMember(json, 'scopes_supported');
    examination.links = {
      privacy: textMember(json, 'resource_policy_uri'),
      documentation: textMember(json, 'resource_documentation'),
    };
    const [issuer] = listMember(json, 'authorization_servers');
    if (issuer === undefined)
      found.problems.push({ id: 'authorization-servers-missing', detail: `${url} lists none.` });
    else examination.issuer = issuer;
    if (examination.resourceScopes.includes('offline_access'))
      found.problems.push({
        id: 'offline-access-in-resource',
        detail: `${url} lists it in scopes_supported.`,
      });
    const { resource } = examination;
    return outcome(`${url} names ${resource}.`, [
      ...found.problems,
      ...compareResource(resource, textMember(json, 'resource')),
    ]);
  },
};

async function find(examination: Examination): Promise<{ metadata?: Answer; problems: Problem[] }> {
  const advertised = examination.challenge?.get('resource_metadata');
  const candidates = [...(advertised ? [advertised] : []), ...wellKnownUrls(new URL(examination.resource))];
  const failed: { url: string; problem: Problem }[] = [];
  for (const url of new Set(candidates)) {
    const answer = await send(examination, url, { headers: { accept: 'application/json' } });
    if (!('failed' in answer) && answer.status === 200 && isObject(answer.json))
      // Clients expect a guess to fail before another succeeds. A wrong pointer in the challenge is a mistake.
      return {
        metadata: answer,
        problems: failed.filter((each) => each.url === advertised).map(({ problem }) => problem),
      };
    if ('failed' in answer) {
      const problem = noAnswer(answer, 'resource-metadata-missing');
      if (answer.failed !== 'connection') return { problems: [problem] };
      failed.push({ url, problem });
      continue;
    }
    const stopped = gatekeeper(answer);
    if (stopped) return { problems: [stopped] };
    failed.push({ url, problem: { id: 'resource-metadata-missing', detail: describe(answer) } });
  }
  return { problems: failed.slice(0, 1).map(({ problem }) => problem) };
}

/** The path form, then the root form (RFC 9728 section 3.1). */
function wellKnownUrls({ origin, pathname }: URL): string[] {
  const root = `${origin}/.well-known/oauth-protected-resource`;
  return pathname === '/' ? [root] : [`${root}${pathname}`, root];
}

/** Clients compare character by character. Only the slash after a bare origin is insignificant (RFC 3986 section 6.2.3). */
function compareResource(typed: string, stated: string | undefined): Problem[] {
  const { origin, host } = new URL(typed);
  if (stated === typed || (typed === origin && stated === `${origin}/`)) return [];
  const detail = `You typed ${typed}, the metadata says ${stated ?? 'nothing'}.`;
  if (stated?.replace(/\/+$/, '') === typed) return [{ id: 'resource-slash', detail }];
  const url = URL.parse(stated ?? '');
  return [{ id: url && url.host !== host ? 'host-not-allowed' : 'resource-mismatch', detail }];
}

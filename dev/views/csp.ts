import { z } from 'zod';

const origins = z.array(z.string().regex(/^(?:https?|wss?):\/\/[\w*.:-]+$/, 'is not an origin')).optional();

/** What a view's resource declares, as a host reads it. Origins only: anything else could add directives of its own. */
export const declaredCsp = z
  .object({
    connectDomains: origins,
    resourceDomains: origins,
    frameDomains: origins,
    baseUriDomains: origins,
  })
  .prefault({});

/** The policy that a host makes of a view's declaration (SEP-1865, "CSP Construction from Metadata"). */
export function contentSecurityPolicy(csp: z.output<typeof declaredCsp>): string {
  const list = (domains: string[] | undefined, none = '') => domains?.join(' ') || none;
  const resources = list(csp.resourceDomains);
  return [
    "default-src 'none'",
    `script-src 'self' 'unsafe-inline' ${resources}`,
    `style-src 'self' 'unsafe-inline' ${resources}`,
    `connect-src ${list(csp.connectDomains, "'none'")}`,
    `img-src 'self' data: ${resources}`,
    `font-src 'self' ${resources}`,
    `media-src 'self' data: ${resources}`,
    `frame-src ${list(csp.frameDomains, "'none'")}`,
    "object-src 'none'",
    `base-uri ${list(csp.baseUriDomains, "'self'")}`,
  ].join('; ');
}

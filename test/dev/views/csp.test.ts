import { expect, it } from 'vitest';
import { contentSecurityPolicy, declaredCsp } from '../../../dev/views/csp.ts';

const directives = (csp: unknown) =>
  Object.fromEntries(
    contentSecurityPolicy(declaredCsp.parse(csp))
      .split('; ')
      .map((each) => [each.split(' ')[0], each.split(' ').slice(1).join(' ').trim()]),
  );

it('allows nothing from elsewhere without a declaration', () => {
  for (const none of [undefined, {}])
    expect(directives(none)).toEqual({
      'default-src': "'none'",
      'script-src': "'self' 'unsafe-inline'",
      'style-src': "'self' 'unsafe-inline'",
      'connect-src': "'none'",
      'img-src': "'self' data:",
      'font-src': "'self'",
      'media-src': "'self' data:",
      'frame-src': "'none'",
      'object-src': "'none'",
      'base-uri': "'self'",
    });
});

it('allows each declared origin where it was declared for', () => {
  const declared = directives({
    connectDomains: ['https://api.example.com', 'wss://live.example.com:8443'],
    resourceDomains: ['https://*.example.net'],
    frameDomains: ['https://video.example.com'],
    baseUriDomains: ['https://base.example.com'],
  });
  expect(declared).toMatchObject({
    'connect-src': 'https://api.example.com wss://live.example.com:8443',
    'script-src': "'self' 'unsafe-inline' https://*.example.net",
    'img-src': "'self' data: https://*.example.net",
    'frame-src': 'https://video.example.com',
    'base-uri': 'https://base.example.com',
  });
});

it.each([
  ["https://example.com; script-src 'unsafe-eval'"],
  ["'unsafe-eval'"],
  ['*'],
  ['https://example.com/path'],
  ['data:'],
  ['https://example.com https://evil.example'],
])('refuses %j as an origin', (origin) => {
  expect(declaredCsp.safeParse({ connectDomains: [origin] }).success).toBe(false);
});

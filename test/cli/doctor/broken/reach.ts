import { gzipSync } from 'node:zlib';
import { rpc, unauthorized } from '../fake-mcp.ts';
import type { Reply } from '../fake-server.ts';
import { always, type Broken, metadata } from './broken.ts';

/** So many mebibytes of JSON, compressed: a file of gzip can be several, one after another (RFC 1952, section 2.2). */
function gzipped(mebibytes: number): Reply {
  const body = Buffer.concat(Array(mebibytes).fill(gzipSync(Buffer.alloc(1024 * 1024, ' '), { level: 1 })));
  return { headers: { 'content-encoding': 'gzip', 'content-length': String(body.length) }, body };
}

export const reach: Broken[] = [
  {
    id: 'configuration-warning',
    by: 'a deployment without a sealing secret of its own',
    routes: () => ({
      'GET /health': {
        body: {
          configuration: 'complete',
          warnings: [{ variable: 'SEALING_SECRET', fix: 'Set it to 32 or more random characters.' }],
        },
      },
    }),
  },
  {
    id: 'deployment-protection',
    by: 'Vercel’s login page',
    routes: always({
      status: 401,
      headers: { 'x-vercel-id': 'fra1::abc', 'set-cookie': '_vercel_sso_nonce=x; Path=/' },
      body: '<!doctype html><title>Authentication Required</title>',
    }),
  },
  {
    id: 'deployment-protection',
    by: 'a redirect to Vercel’s login',
    routes: always({ status: 302, headers: { location: 'https://vercel.com/sso-api?url=https%3A%2F%2Fx' } }),
  },
  {
    id: 'deployment-protection',
    by: 'Vercel’s JSON refusal',
    routes: always({
      status: 401,
      body: { error: { code: 'unauthorized', message: 'Protected deployment' } },
    }),
  },
  {
    id: 'bot-challenge',
    by: 'Vercel’s firewall',
    routes: always({
      status: 429,
      headers: { 'x-vercel-mitigated': 'challenge' },
      body: '<title>Vercel Security Checkpoint</title>',
    }),
  },
  {
    id: 'bot-challenge',
    by: 'Cloudflare',
    routes: always({
      status: 403,
      headers: { 'cf-mitigated': 'challenge' },
      body: '<title>Just a moment...</title>',
    }),
  },
  {
    id: 'bot-challenge',
    by: 'AWS WAF',
    routes: always({ status: 202, headers: { 'x-amzn-waf-action': 'challenge' } }),
  },
  {
    id: 'redirected',
    by: 'a permanent redirect',
    routes: always({ status: 308, headers: { location: 'https://www.example.com/mcp' } }),
  },
  { id: 'redirected', by: 'a redirect to nowhere', routes: always({ status: 302 }) },
  { id: 'not-found', by: 'a path without a server', path: '/other', routes: () => ({}) },
  { id: 'not-mcp', by: 'a website', routes: always({ body: '<h1>Welcome</h1>' }) },
  { id: 'not-mcp', by: 'JSON of something else', routes: always({ body: [1, 2, 3] }) },
  {
    id: 'misconfigured',
    by: 'missing variables',
    routes: always({ status: 503, body: { problems: [{ variable: 'AUTH0_DOMAIN', fix: 'Missing.' }] } }),
  },
  {
    id: 'server-error',
    by: 'a crash',
    routes: always({ status: 500, headers: { 'x-vercel-error': 'FUNCTION_INVOCATION_FAILED' } }),
  },
  {
    id: 'rate-limited',
    by: 'a 429 of the server’s own',
    routes: always({ status: 429, body: { error: 'slow down' } }),
  },
  { id: 'timeout', by: 'silence', routes: always({ hang: true }) },
  {
    id: 'answer-too-large',
    by: 'a megabyte of JSON',
    routes: always({ body: 'x'.repeat(1024 * 1024), headers: { 'content-type': 'application/json' } }),
  },
  {
    id: 'answer-too-large',
    by: 'a megabyte of JSON, compressed',
    routes: () => ({ [metadata]: gzipped(1) }),
  },
  {
    id: 'compression-bomb',
    by: '200 MB in an answer of the MCP endpoint',
    routes: () => always(gzipped(200))(),
  },
  {
    id: 'compression-bomb',
    by: '200 MB in an answer to a registration',
    routes: () => ({ 'POST /register': gzipped(200) }),
  },
  {
    id: 'compression-bomb',
    by: '200 MB in a page',
    routes: () => ({ 'GET /authorize': gzipped(200) }),
  },
  { id: 'url-trailing-slash', by: 'a slash at the end', path: '/mcp/', routes: () => ({}) },
  { id: 'no-sign-in', by: 'letting everyone in', routes: () => ({ 'POST /mcp': rpc }) },
  {
    id: 'clock-skew',
    by: 'a server five minutes ahead',
    routes: (origin) => ({
      'POST /mcp': (visit) => {
        const reply = unauthorized(origin, visit);
        return {
          ...reply,
          headers: { ...reply.headers, date: new Date(Date.now() + 300_000).toUTCString() },
        };
      },
    }),
  },
];

import { describe, expect, test } from 'vitest';
import { readStartOptions } from '../../dev/start-options.ts';

const defaults = { port: 3000, instances: 1, built: false, store: 'memory', env: {} };

describe('arguments and environment → options of the stack', () => {
  test.each([
    [[], {}, {}],
    [['--instances', '3'], {}, { instances: 3 }],
    [['--built'], {}, { built: true }],
    [['--store', 'redis'], {}, { store: 'redis' }],
    [['--store=redis'], { REDIS_URL: 'redis://r' }, { store: 'redis', redisUrl: 'redis://r' }],
    [['--organizations', 'required'], {}, { organizations: 'required' }],
    [['--token-lifetime', '60'], {}, { tenantOptions: { switches: { accessTokenLifetimeSeconds: 60 } } }],
    ...['', '/', '/mcp'].map((path): [string[], Record<string, string>, object] => [
      ['--public-url', `https://a-b-c.trycloudflare.com${path}`],
      {},
      { publicOrigin: 'https://a-b-c.trycloudflare.com' },
    ]),
    [
      ['--public-url', 'https://x.example'],
      { OAUTH_ENABLED: 'true', ALLOWED_LOCAL_DOCUMENTS: 'false' },
      {
        publicOrigin: 'https://x.example',
        env: { OAUTH_ENABLED: 'true', ALLOWED_LOCAL_DOCUMENTS: 'false' },
      },
    ],
    [[], { PORT: '4000' }, { port: 4000 }],
    [[], { PORT: '' }, {}],
    [[], { OAUTH_ENABLED: 'false', AUTH0_DOMAIN: 'x' }, { env: { OAUTH_ENABLED: 'false' } }],
  ])('%j %j', (args, env, expected) => {
    expect(readStartOptions(args, env)).toEqual({ stack: { ...defaults, ...expected } });
  });
});

describe('an invalid option → one line that names it', () => {
  test.each([
    [['--instance', '2'], {}, '--instance'],
    [['--organizations', 'off'], {}, '--organizations'],
    [['--instances', '0'], {}, '--instances'],
    [['--instances', '33'], {}, '--instances'],
    [['--instances', 'two'], {}, '--instances'],
    [['--instances'], {}, '--instances'],
    [['--store', 'sqlite'], {}, '--store'],
    [['--token-lifetime', '0'], {}, '--token-lifetime'],
    [['--token-lifetime', '5m'], {}, '--token-lifetime'],
    [['--token-lifetime', '2592001'], {}, '--token-lifetime'],
    ...[
      'http://a-b-c.trycloudflare.com',
      'a-b-c.trycloudflare.com',
      'https://a-b-c.trycloudflare.com/tools/mcp',
      'https://user:password@a-b-c.trycloudflare.com',
      'https://a-b-c.trycloudflare.com/?a=b',
    ].map((url): [string[], Record<string, string>, string] => [
      ['--public-url', url],
      { PORT: '4000' },
      'cloudflared tunnel --url http://localhost:4000',
    ]),
    [['--public-url'], {}, '--public-url'],
    [['--public-url', 'https://x.example'], { OAUTH_ENABLED: 'false' }, 'OAUTH_ENABLED'],
    [['--public-url', 'https://x.example'], { OAUTH_ENABLED: ' Off ' }, 'OAUTH_ENABLED'],
    [['--public-url', 'https://x.example'], { ALLOWED_LOCAL_DOCUMENTS: 'true' }, 'ALLOWED_LOCAL_DOCUMENTS'],
    [['--built=yes'], {}, '--built'],
    [['extra'], {}, 'extra'],
    [[], { PORT: 'x' }, 'PORT'],
    [[], { PORT: '0' }, 'PORT'],
    [[], { PORT: '65532' }, 'PORT'],
  ])('%j %j', (args, env, named) => {
    const options = readStartOptions(args, env);
    expect(options).toEqual({ refusal: expect.stringContaining(named) });
    expect(JSON.stringify(options)).not.toContain('\\n');
  });
});

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { stripVTControlCharacters } from 'node:util';
import { describe, expect, it } from 'vitest';
import { signIn } from '../support/browser-user.ts';
import { freePorts } from '../support/free-ports.ts';
import { oauthClient } from '../support/oauth-client.ts';
import { useStack } from '../support/stack.ts';

describe('the conformance suite for authorization servers', () => {
  const stack = useStack({ instances: 2 });

  it('passes every scenario', async () => {
    const { serverUrl, mcpUrl } = stack();
    const port = await freePorts();
    const clientId = await oauthClient(serverUrl).register({
      client_name: 'Conformance suite',
      redirect_uris: [`http://127.0.0.1:${port}/callback`],
    });
    const suite = spawn(
      'conformance',
      [
        ...['authorization', '--url', serverUrl, '--client-id', clientId],
        ...['--port', String(port), '--resource', mcpUrl],
      ],
      { stdio: ['ignore', 'pipe', 'pipe'] },
    );
    let output = '';
    let signedIn: Promise<unknown> | undefined;
    for (const stream of [suite.stdout, suite.stderr])
      stream.setEncoding('utf8').on('data', (text: string) => {
        output += stripVTControlCharacters(text);
        const url = /^http\S+\/authorize\?\S+$/m.exec(output)?.[0];
        // The suite waits for a person here.
        if (url) signedIn ??= signIn(url).then((callback) => fetch(callback));
      });
    const [code] = await once(suite, 'close');
    await signedIn;
    expect(output).toMatch(/authorization-server-metadata-endpoint: \d+ passed, 0 failed/);
    expect(output).toMatch(/authorization-code-grant: 1 passed, 0 failed/);
    expect(code).toBe(0);
  });
});

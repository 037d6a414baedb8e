import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { accessToken } from '../../../support/access-token.ts';
import { modern } from '../../../support/mcp-request.ts';
import { useStack } from '../../../support/stack.ts';

const stack = useStack();
const root = fileURLToPath(new URL('../../../..', import.meta.url));

/** Calls a tool in a new process and prints the status, and what was loaded of OpenTelemetry and of the extension. */
const script = `
import { registerHooks } from 'node:module';
const loaded = [];
registerHooks({
  load: (url, context, nextLoad) => {
    if (/opentelemetry|extensions\\/telemetry/.test(url)) loaded.push(url.split('/').slice(-2).join('/'));
    return nextLoad(url, context);
  },
});
if (process.env.TEST_PROVIDER) {
  const { trace } = await import('@opentelemetry/api');
  const { BasicTracerProvider } = await import('@opentelemetry/sdk-trace-base');
  trace.setGlobalTracerProvider(new BasicTracerProvider());
}
const { default: endpoint } = await import('./api/mcp.ts');
const { url, headers, body } = JSON.parse(process.env.TEST_REQUEST);
const response = await endpoint.fetch(new Request(url, { method: 'POST', headers, body: JSON.stringify(body) }));
await response.text();
console.log(JSON.stringify({ status: response.status, loaded }));
process.exit();
`;

async function callInNewProcess(env: Record<string, string>) {
  const [body, headers] = modern('tools/call', { name: 'list_notes', arguments: {} });
  const authorization = `Bearer ${await accessToken(stack())}`;
  const accept = 'application/json, text/event-stream';
  const request = {
    url: stack().mcpUrl,
    headers: { ...headers, accept, authorization, 'content-type': 'application/json' },
    body,
  };
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script], {
    cwd: root,
    env: {
      ...process.env,
      ...stack().env,
      ...env,
      LOG_LEVEL: 'silent',
      TEST_REQUEST: JSON.stringify(request),
    },
  });
  return JSON.parse(stdout);
}

it('without a provider, a call loads nothing of OpenTelemetry, and of the extension only its entry', async () => {
  expect(await callInNewProcess({})).toEqual({ status: 200, loaded: ['telemetry/extension.ts'] });
});

it('with a provider, it loads the rest', async () => {
  const { loaded } = await callInNewProcess({ TEST_PROVIDER: 'yes' });
  expect(loaded).toContain('telemetry/traced-request.ts');
});

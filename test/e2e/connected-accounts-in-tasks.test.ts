import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { accessToken, newApplication } from '../support/access-token.ts';
import { connectAccount } from '../support/account-user.ts';
import { useStack } from '../support/stack.ts';
import { taskClient, tasksCapability } from '../support/task-client.ts';

const root = fileURLToPath(new URL('../mcp-server', import.meta.url));
const stack = useStack({ root, accounts: true, instances: 2 });

it('a call that has become a task asks for an account, and goes on when it is connected', async () => {
  const token = await accessToken(stack(), {
    clientId: await newApplication(stack()),
    scope: 'mcp:read offline_access',
  });
  const client = taskClient(stack(), token, {
    elicitation: { form: {}, url: {} },
    extensions: tasksCapability,
  });
  const { taskId } = await client.call('use_account_later', {});
  const asking = await client.until(taskId, ({ status }) => status === 'input_required');
  const [[name, request] = ['', undefined]] = Object.entries(asking.inputRequests ?? {});
  await connectAccount(String((request as { params?: { url?: string } } | undefined)?.params?.url));
  await client.update(taskId, { [name]: { action: 'accept' } });
  const done = await client.until(taskId, ({ status }) => status === 'completed');
  expect(done.result?.content[0]?.text).toMatch(/^\d+ characters$/);
});

import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { accessToken, newApplication } from '../support/access-token.ts';
import { useStack } from '../support/stack.ts';
import { isOver, taskClient } from '../support/task-client.ts';

const stack = useStack({
  root: fileURLToPath(new URL('../mcp-server', import.meta.url)),
  instances: 2,
  organizations: 'optional',
});

it('a task of one organization’s connection is out of reach of the same person’s in another', async () => {
  const clientId = await newApplication(stack(), { organization_usage: 'allow' });
  const tokenOf = (organization: string) => accessToken(stack(), { clientId, organization });
  const mine = taskClient(stack(), await tokenOf('acme'), undefined, '/o/acme/mcp');
  const theirs = taskClient(stack(), await tokenOf('globex'), undefined, '/o/globex/mcp');
  const { taskId } = await mine.call('slow_compute', { seconds: 1, label: 'secret' });
  const [seen, never] = [await theirs.get(taskId), await theirs.get('A'.repeat(32))];
  expect(seen.error?.code).toBe(never.error?.code);
  await theirs.cancel(taskId);
  expect(await mine.until(taskId, isOver)).toMatchObject({ status: 'completed' });
});

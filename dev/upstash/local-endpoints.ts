import type { IncomingMessage } from 'node:http';
import { faultsChange } from './faults.ts';
import { readBody } from './rest-request.ts';
import type { Store } from './store.ts';

type Answer = { status: number; body: unknown };

/** What Upstash does not have, for tests and tools outside this process: `/_local/counts` and `/_local/faults`. */
export async function answerLocal(
  request: IncomingMessage,
  [, resource]: string[],
  store: Store,
): Promise<Answer> {
  const { faults, commands, requests } = store;
  if (resource === 'counts' && request.method === 'GET') return { status: 200, body: { commands, requests } };
  if (resource === 'faults' && request.method === 'GET') return { status: 200, body: faults };
  if (resource !== 'faults' || request.method !== 'PATCH') {
    return {
      status: 404,
      body: { error: 'Not found. Use GET /_local/counts, or GET or PATCH /_local/faults.' },
    };
  }
  const change = faultsChange.safeParse(parseJson(await readBody(request)));
  if (!change.success) {
    const problems = change.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
    return { status: 400, body: { error: problems.join('; ') } };
  }
  Object.assign(faults, change.data);
  return { status: 200, body: faults };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

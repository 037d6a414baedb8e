import { type Check, outcome, type Problem } from '../check.ts';
import type { Examination } from '../examination.ts';
import { initializeParams } from '../mcp.ts';
import type { Answer, NoAnswer } from '../probe.ts';
import { send } from '../send.ts';

/** Where the MCP Inspector's page runs. */
const origin = 'http://localhost:6274';
const sentHeaders = ['authorization', 'content-type', 'mcp-protocol-version'];

/** Whether a client that is a web page, such as the MCP Inspector, can read the answers that it needs. */
export const cors: Check = {
  id: 'cors',
  phase: 'Discovery',
  needs: 'server',
  title: 'Browser clients can read the answers',
  async run(examination) {
    const { resource, resourceMetadataUrl, server } = examination;
    const posted = [resource, server?.registrationEndpoint, server?.tokenEndpoint].flatMap(
      (url) => url ?? [],
    );
    const read = [resourceMetadataUrl].flatMap((url) => url ?? []);
    const [call, ...others] = await Promise.all([
      firstCall(examination),
      ...read.map((url) => send(examination, url, { headers: { origin } })),
      ...posted.map((url) => preflight(examination, url)),
    ]);
    const blocked = [...new Set([call, ...others].filter((each) => !readable(each)).map((each) => each.url))];
    const problems: Problem[] = [];
    if (blocked.length) problems.push({ id: 'cors-blocked', detail: `Not readable: ${blocked.join(', ')}.` });
    else if (hidesHeaders(call, examination))
      problems.push({ id: 'cors-headers-hidden', detail: `${resource} does not expose WWW-Authenticate.` });
    return outcome('Metadata, registration, token and MCP.', problems);
  },
};

function firstCall(examination: Examination): Promise<Answer | NoAnswer> {
  return send(examination, examination.resource, {
    method: 'POST',
    headers: { origin, accept: 'application/json, text/event-stream' },
    body: { jsonrpc: '2.0', id: 1, method: 'initialize', params: initializeParams },
    until: () => true,
  });
}

async function preflight(examination: Examination, url: string): Promise<Answer | NoAnswer> {
  const wanted = url === examination.resource ? sentHeaders : ['content-type'];
  const answer = await send(examination, url, {
    method: 'OPTIONS',
    headers: {
      origin,
      'access-control-request-method': 'POST',
      'access-control-request-headers': wanted.join(', '),
    },
  });
  if ('failed' in answer || (answer.status < 300 && allows(answer, wanted))) return answer;
  return { url, failed: 'connection', reason: 'the server refuses the preflight', ms: answer.ms };
}

/** `*` stands for every header except Authorization (Fetch standard, CORS protocol). */
function allows({ headers }: Answer, wanted: string[]): boolean {
  const allowed = listed(headers, 'access-control-allow-headers');
  return wanted.every(
    (name) => allowed.includes(name) || (allowed.includes('*') && name !== 'authorization'),
  );
}

function readable(answer: Answer | NoAnswer): boolean {
  if ('failed' in answer) return false;
  const allowed = answer.headers.get('access-control-allow-origin');
  return allowed === '*' || allowed === origin;
}

function hidesHeaders(answer: Answer | NoAnswer, { access }: Examination): boolean {
  if ('failed' in answer || access !== 'bearer') return false;
  const exposed = listed(answer.headers, 'access-control-expose-headers');
  return !exposed.includes('*') && !exposed.includes('www-authenticate');
}

function listed(headers: Headers, name: string): string[] {
  return (headers.get(name) ?? '').split(',').map((item) => item.trim().toLowerCase());
}

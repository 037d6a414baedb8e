import type { Access } from './authorization.ts';
import { unavailable } from './available-commands.ts';
import { type Backend, type Bytes, type Failure, isFailure, type Reply } from './backend.ts';
import { notPermitted } from './read-only.ts';
import { type Encoding, envelope } from './rest-reply.ts';
import { commandFromBody, commandFromPath, commandsFromBody } from './rest-request.ts';
import { limitedReply, oversizedKey } from './size-limits.ts';

export type RestRequest = {
  segments: Bytes[];
  query: string;
  body: Bytes;
  encoding: Encoding;
  access: Access;
};
export type RestResponse = { status: number; body: unknown };

/** Answers every request except streams. Calls `count` with the number of commands before they run. */
export async function answerRest(
  { segments, query, body, encoding, access }: RestRequest,
  backend: Backend,
  count: (commands: number) => void,
): Promise<RestResponse> {
  const path = segments.join('/');
  if (path === 'pipeline') return pipeline(commandsFromBody(body));
  if (path === 'multi-exec') return transaction(commandsFromBody(body));
  return single(path === '' ? commandFromBody(body) : commandFromPath(segments, body, query));

  function refusal(words: Bytes[]): Failure | undefined {
    const forbidden = access === 'read-only' ? notPermitted(words) : undefined;
    return unavailable(words) ?? forbidden ?? oversizedKey(words);
  }

  async function execute(words: Bytes[]): Promise<Reply> {
    count(1);
    return refusal(words) ?? limitedReply(await backend.execute(words));
  }

  async function single(words: Bytes[]): Promise<RestResponse> {
    const reply = await execute(words);
    return { status: isFailure(reply) ? 400 : 200, body: envelope(reply, encoding) };
  }

  /** Runs commands in order. Commands of other clients may run in between. */
  async function pipeline(commands: Bytes[][]): Promise<RestResponse> {
    const replies = [];
    for (const words of commands) replies.push(envelope(await execute(words), encoding));
    return { status: 200, body: replies };
  }

  async function transaction(commands: Bytes[][]): Promise<RestResponse> {
    count(commands.length);
    const replies = commands.map(refusal).find(Boolean) ?? (await backend.transaction(commands));
    if (isFailure(replies)) return { status: 400, body: envelope(replies, encoding) };
    return { status: 200, body: replies.map((reply) => envelope(limitedReply(reply), encoding)) };
  }
}

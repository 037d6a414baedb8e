import type { z } from 'zod';
import type { ApiReply } from '../platform-api/server.ts';

/** An error in the format of Vercel's REST API. */
export function refusal(
  status: number,
  code: string,
  message: string,
  more: Record<string, unknown> = {},
): ApiReply {
  return { status, body: { error: { code, message, ...more } } };
}

/** Validates a body as Vercel does: unknown properties are refused too. */
export function parseBody<T>(schema: z.ZodType<T>, body: unknown): { value: T } | { reply: ApiReply } {
  const result = schema.safeParse(body);
  if (result.success) return { value: result.data };
  const issue = result.error.issues[0];
  const what =
    issue?.code === 'unrecognized_keys'
      ? `should NOT have additional property \`${issue.keys[0]}\``
      : `\`${issue?.path.join('.') || 'body'}\` ${issue?.message.toLowerCase()}`;
  return { reply: refusal(400, 'bad_request', `Invalid request: ${what}.`) };
}

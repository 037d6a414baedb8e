import { z } from 'zod';
import { CommandFailure } from '../../failure.ts';
import { printable } from '../../printable.ts';
import { type ApiCall, apiOrigin, askApi } from './ask-api.ts';

/** The API names a database's host in full, or by its first label alone. */
const endpoint = z.string().transform((name) => (/^[a-z0-9-]+$/i.test(name) ? `${name}.upstash.io` : name));

const database = z.object({
  database_id: z.string(),
  database_name: z.string(),
  endpoint,
  rest_token: z.string().min(1).optional(),
  primary_region: z.string().optional(),
});

/** A Redis database at Upstash. */
export type Database = z.infer<typeof database>;

/** Upstash's developer API. Every function throws `CommandFailure`. */
export type Upstash = {
  list(): Promise<Database[]>;
  /** A database with its token. */
  read(id: string): Promise<Database>;
  create(name: string, region: string): Promise<Database>;
};

/** Opens the API with an account's e-mail and API key (basic authentication). */
export function openUpstash(
  account: { email: string; apiKey: string },
  configuredOrigin: string | undefined,
  onWait: (name: string, seconds: number) => void,
): Upstash {
  const origin = apiOrigin('UPSTASH_API_URL', configuredOrigin, 'https://api.upstash.com');
  const credentials = Buffer.from(`${account.email}:${account.apiKey}`).toString('base64');
  const access = { name: 'Upstash', origin, authorization: `Basic ${credentials}`, onWait };
  const call = async <T>(request: ApiCall, schema: z.ZodType<T>): Promise<T> => {
    const { status, body } = await askApi(access, request);
    if (status === 401)
      throw new CommandFailure(
        'Upstash does not accept the e-mail and API key.',
        'Create a key at https://console.upstash.com/account/api and set UPSTASH_EMAIL and UPSTASH_API_KEY.',
      );
    const parsed = schema.safeParse(body);
    if (status < 300 && parsed.success) return parsed.data;
    const reason = printable(typeof body === 'string' ? body : JSON.stringify(body), [account.apiKey]);
    throw new CommandFailure(
      `Upstash refused ${request.method} ${request.path} (${status}): ${reason}`,
      'Check this at https://console.upstash.com, or choose an existing database with --store.',
    );
  };
  return {
    list: () => call({ method: 'GET', path: '/v2/redis/databases' }, z.array(database)),
    read: (id) => call({ method: 'GET', path: `/v2/redis/database/${encodeURIComponent(id)}` }, database),
    create: (name, region) => {
      const json = { database_name: name, platform: 'aws', primary_region: region, tls: true };
      return call({ method: 'POST', path: '/v2/redis/database', json }, database);
    },
  };
}

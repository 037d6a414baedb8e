/**
 * Upstash's developer API, `https://api.upstash.com/v2`, as far as setup uses it. It refuses what its OpenAPI document
 * refuses:
 * - a wrong e-mail or API key (basic authentication): 401
 * - a creation without `database_name`, `platform` or `primary_region`, with a region that the platform does not have,
 *   with an unknown read region or an unknown plan: 400
 * - a name that exists already: 400
 * - more free databases than an account can have: 400
 *
 * The endpoint of a database is its first label, such as `beloved-stallion-58500`: the document says that it may be that or a
 * full host. A list is without tokens, which the document does not describe; reading one database gives them, unless the
 * request hides them. The statuses and wordings of the refusals are ours, apart from 401.
 */
import { randomBytes, randomUUID } from 'node:crypto';
import { z } from 'zod';
import {
  type ApiReply,
  type ApiRequest,
  type PlatformApi,
  startPlatformApi,
} from '../platform-api/server.ts';

const regions = {
  aws: [
    ...['us-east-1', 'us-east-2', 'us-west-1', 'us-west-2', 'ca-central-1', 'eu-central-1', 'eu-west-1'],
    ...['eu-west-2', 'sa-east-1', 'ap-south-1', 'ap-northeast-1', 'ap-southeast-1', 'ap-southeast-2'],
    'af-south-1',
  ],
  gcp: ['us-central1', 'us-east4', 'europe-west1', 'asia-northeast1'],
} as const;

const plans = [
  ...(['free', 'payg', 'fixed_250mb', 'fixed_1gb', 'fixed_5gb', 'fixed_10gb'] as const),
  ...(['fixed_50gb', 'fixed_100gb', 'fixed_500gb'] as const),
];

const creation = z.object({
  database_name: z.string().min(1),
  platform: z.enum(['aws', 'gcp']),
  primary_region: z.string(),
  read_regions: z.array(z.enum(regions.aws).exclude(['af-south-1'])).optional(),
  plan: z.enum(plans).default('free'),
  budget: z.int().optional(),
  eviction: z.boolean().optional(),
  tls: z.boolean().optional(),
});

/** A database as the API returns it, as far as it is used. */
export type Database = {
  database_id: string;
  database_name: string;
  endpoint: string;
  rest_token: string;
  primary_region: string;
  type: 'free' | 'payg' | 'paid';
  state: 'active';
  tls: boolean;
};

export type UpstashApi = PlatformApi & { email: string; apiKey: string; databases: Database[] };

/**
 * Starts the stand-in.
 *
 * @param store host and token of each new database, so that it can be one that answers. Default: made up.
 */
export async function startUpstashApi(
  store: { endpoint?: string; token?: string } = {},
): Promise<UpstashApi> {
  const email = 'owner@example.com';
  const apiKey = randomUUID();
  const databases: Database[] = [];
  const credentials = `Basic ${Buffer.from(`${email}:${apiKey}`).toString('base64')}`;

  const answer = ({ method, path, query, authorization, body }: ApiRequest): ApiReply => {
    if (authorization !== credentials) return { status: 401, body: 'Unauthorized' };
    if (method === 'GET' && path === '/v2/redis/databases')
      return { status: 200, body: databases.map(withoutToken) };
    const id = /^\/v2\/redis\/database\/([^/]+)$/.exec(path)?.[1];
    if (method === 'GET' && id) {
      const found = databases.find(({ database_id }) => database_id === id);
      if (!found) return { status: 404, body: 'database not found' };
      return { status: 200, body: query.get('credentials') === 'hide' ? withoutToken(found) : found };
    }
    if (path !== '/v2/redis/database') return { status: 404, body: 'Not Found' };
    if (method !== 'POST') return { status: 405, body: 'Method Not Allowed' };
    const parsed = creation.safeParse(body);
    if (!parsed.success) return { status: 400, body: `invalid ${parsed.error.issues[0]?.path.join('.')}` };
    const { database_name, platform, primary_region, plan, tls = true } = parsed.data;
    const available: readonly string[] = regions[platform];
    if (!available.includes(primary_region))
      return { status: 400, body: `region ${primary_region} is not available` };
    if (databases.some((each) => each.database_name === database_name))
      return { status: 400, body: 'database name already exists' };
    if (plan === 'free' && databases.some(({ type }) => type === 'free'))
      return { status: 400, body: 'free database limit reached' };
    const created: Database = {
      database_id: randomUUID(),
      database_name,
      endpoint: store.endpoint ?? `${database_name}-12345`,
      rest_token: store.token ?? randomBytes(30).toString('base64url'),
      primary_region,
      type: plan === 'free' || plan === 'payg' ? plan : 'paid',
      state: 'active',
      tls,
    };
    databases.push(created);
    return { status: 200, body: created };
  };
  const api = await startPlatformApi(answer, { status: 400, body: 'invalid JSON' });
  return Object.assign(api, { email, apiKey, databases });
}

function withoutToken({ rest_token: _, ...shown }: Database) {
  return shown;
}

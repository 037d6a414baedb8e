/**
 * For the tests of your own tools: calls them as a user with the scopes of your choice, without HTTP and without signing in.
 * Everything in between is real: schemas, scopes, questions, limits, and a store in memory. See docs/testing-tools.md.
 */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll } from 'vitest';
import { memoryBackend } from '../../dev/upstash/memory/backend.ts';
import { type Store, startStore } from '../../dev/upstash/server.ts';
import type { Grant } from '../../lib/access-token/grant.ts';
import { type Principal, principalHash } from '../../lib/access-token/principal.ts';
import type { SignInConfig } from '../../lib/config.ts';
import type { FormAnswer } from '../../lib/mcp/define/call.ts';
import type { Feature } from '../../lib/mcp/define/feature.ts';
import * as registered from '../../lib/mcp/extensions/registered.ts';
import { paramsOf } from '../../lib/mcp/json-rpc.ts';
import { serveModern } from '../../lib/mcp/modern.ts';
import { authInfoOf } from '../../lib/mcp/server/auth-info.ts';
import { type Extension, extend } from '../../lib/mcp/server/extension.ts';
import type { RequestContext } from '../../lib/mcp/server/request-context.ts';
import { mcpResource } from '../../lib/origin.ts';
import { allScopes } from '../../lib/scope-rules.ts';
import type { Scope } from '../../lib/scopes.ts';
import { realmOf } from '../../lib/store/keys.ts';
import { identity } from '../../lib/tools/identity.ts';
import { features as offered } from '../../lib/tools/index.ts';
import { testConfig } from '../support/config.ts';
import { type JsonRpc, modern, readAnswer } from '../support/mcp-request.ts';
import { type KitTenant, startKitTenant, type Tokens } from './tenant.ts';

const extensions: readonly Extension[] = Object.values(registered);

/** Who calls. Two callers with the same `user` in the same organization share that user’s data. */
export type Who = {
  /** Default `ada`. */
  user?: string;
  /** The name of the organization that the user is in. Default: none. */
  organization?: string;
  /** What the client was granted. Default: every scope. */
  scopes?: readonly Scope[];
  /** The user's permissions at the tenant, for tools that need some. */
  permissions?: readonly string[];
  /**
   * The tokens that `call.tokenFor` and `call.tokenFrom` give the tool: by the API's identifier, or by the name of the
   * connection through which the user has connected an account. The user may use no other API, and has connected no other
   * account. Default: the server is not set up for either.
   */
  tokens?: Tokens;
};

export type CallOptions = {
  /** What the user answers to the tool's forms, by the name under which the tool asks. */
  answers?: Record<string, FormAnswer<Record<string, unknown>>>;
  /** Call as a client that cannot show forms. */
  cannotAsk?: boolean;
};

/** What came of a call. */
export type Outcome = {
  /** The text of the result. */
  text: string;
  structuredContent: unknown;
  isError: boolean;
  /** The messages of the forms that the tool showed, in order. */
  asked: string[];
  progress: { progress: number; total?: number; message?: string }[];
  logs: { level: string; data: unknown }[];
  /** The scopes that the client would be told to ask its user for. The tool did not run. */
  missingScopes: Scope[] | undefined;
};

export type Caller = {
  /** Calls a tool by its name. Rejects if the tool asks something that `answers` does not answer. */
  call(name: string, args?: Record<string, unknown>, options?: CallOptions): Promise<Outcome>;
};

/** How often a tool may ask before the test fails. */
const maxRounds = 10;

/**
 * Prepares the tools of this server, or other features, for one test file or `describe`.
 *
 * @example
 * const as = useTools();
 * test('a note is found again', async () => {
 *   const ada = as({ scopes: ['mcp:read', 'mcp:write'] });
 *   await ada.call('add_note', { title: 'Milk', text: 'Two bottles.' });
 *   expect((await ada.call('list_notes')).text).toContain('Milk');
 * });
 */
export function useTools(features: readonly Feature[] = offered): (who?: Who) => Caller {
  let running: Running | undefined;
  beforeAll(async () => {
    const [store, tenant] = await Promise.all([
      startStore({ port: 0, token: 'token', backend: memoryBackend() }),
      startKitTenant(),
    ]);
    running = { store, tenant };
  });
  afterAll(async () => {
    await running?.tenant.close();
    await running?.store.close();
  });
  return (who = {}) => {
    if (!running) throw new Error('useTools must be called outside the test that uses it.');
    return callerOf(running, features, who);
  };
}

type Running = { store: Store; tenant: KitTenant };

function configFor({ store, tenant }: Running, features: readonly Feature[], { tokens }: Who): SignInConfig {
  const connections = features.flatMap((feature) => ('accounts' in feature && feature.accounts) || []);
  return testConfig({
    AUTH0_DOMAIN: tenant.origin,
    UPSTASH_REDIS_REST_URL: store.url,
    UPSTASH_REDIS_REST_TOKEN: 'token',
    ...(tokens && {
      AUTH0_API_CLIENT_ID: 'api-client',
      AUTH0_API_CLIENT_SECRET: 'api-client-secret-that-protects-nothing',
      AUTH0_CONNECTED_ACCOUNTS: [...new Set(connections)].join(','),
    }),
  });
}

/** What the user granted the client when they signed in, if the tool may get tokens with it. */
function grantOf(config: SignInConfig, principal: Principal, upstream: string): Grant {
  const now = Math.floor(Date.now() / 1000);
  return {
    id: randomUUID(),
    realm: realmOf(config),
    subject: principal.subject,
    clientId: principal.clientId,
    application: principal.clientId,
    scopes: principal.scopes,
    origin: config.serverUrl,
    signedInAtSeconds: now,
    vouchedAtSeconds: now,
    upstream,
    upstreamExpiresAtSeconds: now + 3600,
  };
}

function callerOf(running: Running, features: readonly Feature[], who: Who): Caller {
  const { user = 'ada', organization, scopes = allScopes, permissions, tokens } = who;
  const config = configFor(running, features, who);
  const principal: Principal = {
    issuer: config.oauth.issuer,
    subject: `auth0|${user}`,
    organization: organization === undefined ? undefined : { id: `org_${organization}`, name: organization },
    clientId: 'test-client',
    scopes: [...scopes],
    permissions,
    expiresAt: Date.now() / 1000 + 3600,
  };
  const grant =
    tokens && grantOf(config, principal, running.tenant.refreshTokenFor(principal.subject, tokens));

  async function send(params: Record<string, unknown>, capabilities: Record<string, unknown>) {
    const [message, headers] = modern('tools/call', params, capabilities);
    let missingScopes: Scope[] | undefined;
    const context: RequestContext = {
      config,
      offer: { identity, features },
      principal,
      principalHash: principalHash(config, principal),
      grant,
      authInfo: authInfoOf(principal, mcpResource(config.serverUrl)),
      requestId: 'test',
      extended: [],
      deadlineMs: Date.now() + 60_000,
      paramsOf: () => paramsOf(message),
      refuse: (needed) => {
        missingScopes = needed;
      },
    };
    const request = new Request(`${config.serverUrl}/mcp`, {
      method: 'POST',
      headers: {
        ...headers,
        'content-type': 'application/json',
        accept: 'application/json, text/event-stream',
      },
      body: JSON.stringify(message),
    });
    context.extended = extend(extensions, { request, message, era: 'modern', context }, undefined);
    const { messages, last } = await readAnswer(await serveModern(request, message, context));
    return { messages, last, missingScopes };
  }

  return {
    async call(name, args = {}, { answers = {}, cannotAsk = false } = {}) {
      const capabilities = cannotAsk ? {} : { elicitation: { form: {} } };
      const asked: string[] = [];
      const messages: JsonRpc[] = [];
      const _meta = { progressToken: 'test', 'io.modelcontextprotocol/logLevel': 'debug' };
      let round: Record<string, unknown> = {};
      for (let count = 0; count < maxRounds; count++) {
        const answered = await send({ name, arguments: args, _meta, ...round }, capabilities);
        messages.push(...answered.messages);
        const { error, result = {} } = answered.last;
        if (answered.missingScopes) return outcomeOf({}, asked, messages, answered.missingScopes);
        if (error) throw new Error(`${name}: ${error.message}`);
        if (result.resultType !== 'input_required') return outcomeOf(result, asked, messages, undefined);
        const inputResponses = Object.fromEntries(
          Object.entries(result.inputRequests as Record<string, { params?: { message?: string } }>).map(
            ([question, { params }]) => {
              asked.push(params?.message ?? question);
              const answer = answers[question];
              if (!answer)
                throw new Error(
                  `${name} asks "${question}" (${params?.message}). Give it an answer in \`answers\`.`,
                );
              return [question, answer];
            },
          ),
        );
        round = { inputResponses, requestState: result.requestState };
      }
      throw new Error(`${name} asked ${maxRounds} times.`);
    },
  };
}

function outcomeOf(
  result: Record<string, unknown>,
  asked: string[],
  messages: JsonRpc[],
  missingScopes: Scope[] | undefined,
): Outcome {
  const content = (result.content ?? []) as { text?: string }[];
  const sent = (method: string) =>
    messages.filter((each) => each.method === method).map(({ params = {} }) => params);
  return {
    text: content.map(({ text = '' }) => text).join('\n'),
    structuredContent: result.structuredContent,
    isError: result.isError === true,
    asked,
    progress: sent('notifications/progress') as Outcome['progress'],
    logs: sent('notifications/message') as Outcome['logs'],
    missingScopes,
  };
}

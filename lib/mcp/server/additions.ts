import type {
  CallToolResult,
  McpServer,
  ServerCapabilities,
  ServerContext,
} from '@modelcontextprotocol/server';
import type { Call, CoreCall } from '../define/call.ts';
import type { AskResult } from '../define/question.ts';
import type { Tool } from '../define/tool.ts';

export type Era = 'legacy' | 'modern';

/** What a side declares about an extension: a JSON object, often empty. */
export type Settings = NonNullable<ServerCapabilities['extensions']>[string];

/** What an extension adds to a request. Everything is optional. */
export type Additions = {
  /** Declared under the identifier in the `extensions` of the server's capabilities. Undeclared if undefined. */
  settings?: Settings;
  /** Adds methods, resources and so on with the SDK, after the server's own features and before it is connected. */
  register?(server: McpServer): void;
  /** Whether a tool is left out of the lists that this request is answered with. */
  hides?(tool: Tool): boolean;
  /** What to add to the `_meta` of a tool in `tools/list`. */
  toolMeta?(tool: Tool): Record<string, unknown> | undefined;
  /** Adds methods to what every handler gets. Declare them with `declare module` on `Call`, in the extension's folder. */
  call?(call: CoreCall): Partial<Call>;
  /**
   * Runs in place of a tool's handler. `run` runs the handler, or the next extension, with the server's limits of time
   * and size, and does not reject. It gives the handler another `Call` if you pass one. The result may have a
   * `resultType` of the extension's own: it is then sent as it is, not held against the tool's output schema.
   */
  callTool?(toolCall: ToolCall, run: (call?: Call) => Promise<ToolResult>): Promise<ToolResult>;
  /** Wraps the request as a whole, for example in a span. The response's body may still be streaming. */
  respond?(next: () => Promise<Response>): Promise<Response>;
};

/** A call whose arguments fit the tool's input schema, by a caller who has its scopes. */
export type ToolCall = { tool: Tool; args: Record<string, unknown>; call: Call; sdkContext: ServerContext };

export type ToolResult = CallToolResult | AskResult | ExtensionResult;

/** A result of an extension's own kind. */
export type ExtensionResult = { resultType: string; [key: string]: unknown };

/** What each extension adds to a request, by its identifier. */
export type Extended = readonly (Additions & { identifier: string })[];

/** The `extensions` of the server's capabilities. Undefined if no extension is declared to this client. */
export function declaredSettings(extended: Extended): Record<string, Settings> | undefined {
  const entries = extended.flatMap(({ identifier, settings }) =>
    settings ? [[identifier, settings] as const] : [],
  );
  return entries.length ? Object.fromEntries(entries) : undefined;
}

/** The `_meta` that extensions add to a tool. Undefined if they add none. */
export function toolMetaOf(extended: Extended, tool: Tool): Record<string, unknown> | undefined {
  const metas = extended.flatMap(({ toolMeta }) => toolMeta?.(tool) ?? []);
  return metas.length ? Object.assign({}, ...metas) : undefined;
}

/** What a handler gets, with the methods that extensions add. */
export function extendedCall(extended: Extended, core: CoreCall): Call {
  // That an extension adds what it declares on `Call` cannot be checked here: its folder may be deleted.
  return Object.assign(core, ...extended.map((each) => each.call?.(core))) as Call;
}

/** Runs a tool's handler inside the extensions that take part in calls; the first registered is outermost. */
export function callThrough(
  extended: Extended,
  toolCall: ToolCall,
  run: (toolCall: ToolCall) => Promise<ToolResult>,
): Promise<ToolResult> {
  return extended.reduceRight(
    (next, { callTool }) =>
      callTool ? (inner) => callTool(inner, (call = inner.call) => next({ ...inner, call })) : next,
    run,
  )(toolCall);
}

/** Responds inside the extensions that wrap whole requests; the first registered is outermost. */
export function respondThrough(extended: Extended, respond: () => Promise<Response>): Promise<Response> {
  return extended.reduceRight((next, { respond }) => (respond ? () => respond(next) : next), respond)();
}

/** Whether a result is of an extension's own kind. */
export function isExtensionResult(result: ToolResult): result is ExtensionResult {
  return 'resultType' in result && typeof result.resultType === 'string' && result.resultType !== 'complete';
}

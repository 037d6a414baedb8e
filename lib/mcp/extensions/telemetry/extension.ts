import { hasProvider } from '../../../trace.ts';
import type { Extension } from '../../server/extension.ts';

let loaded: Promise<typeof import('./traced-request.ts')> | undefined;

/**
 * Spans and the duration histogram of the OpenTelemetry conventions for MCP, with the attributes that Vercel's page of MCP
 * traffic reads. Not part of the protocol. Does nothing, and loads nothing, unless a provider is registered.
 */
export const telemetry: Extension = {
  identifier: 'telemetry',
  serve: (extensionRequest) => {
    if (!hasProvider()) return undefined;
    loaded ??= import('./traced-request.ts');
    const traced = loaded.then(({ TracedRequest }) => new TracedRequest(extensionRequest));
    return {
      respond: async (next) => (await traced).respond(next),
      callTool: async ({ sdkContext }, run) => (await traced).callTool(sdkContext.mcpReq.id, run),
    };
  },
};

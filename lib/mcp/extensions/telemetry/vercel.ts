/** Turns telemetry on by being imported, in one line of `lib/http/endpoint.ts`. See docs/operating.md, "Traces". */
import { registerOTel } from '@vercel/otel';
import { serverName } from '../../../version.ts';

// Without its own spans for `fetch`: they have the whole URL, and tools put arguments there. Ours have the host.
registerOTel({ serviceName: serverName, instrumentations: [] });

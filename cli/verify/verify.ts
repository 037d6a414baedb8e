import manifest from '../../package.json' with { type: 'json' };
import type { Exchange, Options } from '../doctor/examination.ts';
import { examine, type Watcher } from '../doctor/examine.ts';
import type { Finding } from '../doctor/finding.ts';
import { bearer } from '../doctor/mcp.ts';
import { textMember } from '../doctor/member.ts';
import { probe } from '../doctor/probe.ts';
import { printable } from '../printable.ts';
import type { VerifyArguments } from './arguments.ts';
import { observeAuth0 } from './observe-auth0.ts';
import { healthDetail, observeTokens, observeVercel } from './observe-server.ts';
import { observeUpstash } from './observe-upstash.ts';
import { coveredPromises, discoveryAt, previewAt, type Verdict } from './promise.ts';
import type { Verification } from './report.ts';
import { trialsWith } from './trials.ts';

/** Milliseconds for each request that is no part of the doctor's examination. */
const observationTimeoutMs = 10_000;

/** Receives what happens while it happens. */
export type Progress = Watcher & {
  /** An examination of this URL begins. */
  onUrl?: (url: string) => void;
  onTrial?: (promise: string) => void;
  /** The examination of a URL has ended. */
  onEnd?: (findings: Finding[]) => void;
};

/**
 * Examines the deployment, its other origins and its preview, tries what the doctor has no check for, and compares what
 * the platforms answered with the local stand-ins. Never throws because of anything that a server does.
 */
export async function verify(
  { doctor, preview, origins, cronSecret, store }: Omit<VerifyArguments, 'open' | 'output'>,
  presentSignIn: Options['presentSignIn'],
  progress: Progress = {},
): Promise<Verification> {
  const options: Options = { ...doctor, presentSignIn };
  const secrets = new Set([cronSecret, store?.token].filter((secret) => secret !== undefined));
  const exchanges: Exchange[] = [];
  const trials = trialsWith(cronSecret);
  const tried: Verdict[] = [];
  let tokenEndpoint: string | undefined;
  progress.onUrl?.(doctor.url);
  const findings = await examine(
    { ...options, onExchange: (exchange) => exchanges.push(exchange) },
    {
      ...progress,
      async afterCheck({ id }, examination) {
        for (const { promise, after, run } of trials) {
          if (after !== id) continue;
          progress.onTrial?.(promise);
          tried.push({ promise, ...(await run(examination, exchanges)) });
        }
        for (const secret of examination.secrets) secrets.add(secret);
        tokenEndpoint = examination.server?.tokenEndpoint;
      },
    },
  );
  progress.onEnd?.(findings);
  const examinations = [{ url: doctor.url, findings }];
  const verdicts = [...coveredPromises(findings), ...tried];
  const also = async (url: string, changes: Partial<Options>): Promise<Finding[]> => {
    progress.onUrl?.(url);
    const found = await examine({ ...options, url, ...changes }, progress);
    progress.onEnd?.(found);
    examinations.push({ url, findings: found });
    return found;
  };
  for (const url of origins) verdicts.push(discoveryAt(url, await also(url, { signIn: false })));
  if (preview !== undefined) verdicts.push(previewAt(preview, await also(preview, {})));

  const { origin } = new URL(doctor.url);
  const bypass: Record<string, string> = doctor.bypassSecret
    ? { 'x-vercel-protection-bypass': doctor.bypassSecret }
    : {};
  const observations = [
    ...(await observeVercel(origin, exchanges, { timeoutMs: observationTimeoutMs, headers: bypass })),
    ...observeTokens(exchanges, tokenEndpoint),
    ...(await observeAuth0(exchanges, origin, observationTimeoutMs)),
    ...(store ? await observeUpstash(store, observationTimeoutMs) : []),
  ];
  const health = await probe(`${origin}/health`, {
    headers: { ...bearer(cronSecret), ...bypass },
    timeoutMs: observationTimeoutMs,
  });
  const versions = versionsOf('json' in health ? health.json : undefined);
  return { url: doctor.url, at: new Date(), versions, verdicts, observations, examinations, secrets };
}

/** The versions on both sides. The deployment only tells its details to the holder of CRON_SECRET. */
function versionsOf(health: unknown): Verification['versions'] {
  const of = (name: string, version: string | undefined): Verification['versions'] =>
    version ? [[name, printable(version)]] : [];
  return [
    ['template', manifest.version],
    ['Node.js of this command', process.version],
    ...of(
      'deployment',
      [textMember(health, 'name'), textMember(health, 'version')].filter(Boolean).join(' '),
    ),
    ...of('its environment', textMember(health, 'environment')),
    ...of('its commit', healthDetail(health, 'commit')),
    ...of('its region', healthDetail(health, 'region')),
    ...of('its Node.js', healthDetail(health, 'node')),
    ...of('its store, in ms', healthDetail(health, 'storeMs')),
    ...of('its tenant, in ms', healthDetail(health, 'tenantMs')),
  ];
}

import { readArguments } from '../../doctor/arguments.ts';
import { examine } from '../../doctor/examine.ts';
import { isLoopback } from '../../doctor/loopback-host.ts';
import { worst } from '../../doctor/report.ts';
import { parseEnvText, readEnvText } from '../../env-file.ts';
import { type SetupStep, skipped } from '../step.ts';

/** Runs the doctor against what was deployed. */
export const check: SetupStep = {
  name: 'check',
  title: 'Check',
  async run(run) {
    const { flags, env, progress } = run;
    if (flags['dry-run']) return skipped(run, 'A dry run does not check the server.');
    const { SERVER_URL: serverUrl } = parseEnvText(await readEnvText(flags.file));
    const url = URL.parse(serverUrl ?? '');
    if (!url) return skipped(run, 'The earlier steps are not done: SERVER_URL is missing or not a URL.');
    if (!run.vercel && !flags.only.includes('check')) return skipped(run, 'Nothing was deployed.');
    if (isLoopback(url.hostname) && !env.VERCEL_API_URL) return skipped(run, `${serverUrl} is this machine.`);
    const options = readArguments([`${serverUrl}/mcp`, '--file', flags.file], {});
    if (!options) return skipped(run, 'There is nothing to check.');
    const findings = await examine({ ...options, presentSignIn: () => {} }, progress.watcher);
    progress.onChecked(findings);
    const failed = worst(findings) === 'failure';
    return {
      state: failed ? 'problems' : 'complete',
      steps: [],
      findings: findings
        .filter(({ level }) => level === 'failure' || level === 'warning')
        .map(({ level, title, detail }) => ({
          level: level === 'failure' ? 'problem' : 'warning',
          message: `${title}: ${detail}`,
        })),
    };
  },
};

import { type Check, outcome, type Problem } from '../check.ts';
import { isLoopback } from '../loopback-host.ts';

/** Whether clients can use the URL. */
export const url: Check = {
  id: 'url',
  phase: 'Reach',
  title: 'The URL is well formed',
  async run({ url: typed, options }) {
    const problems: Problem[] = [];
    if (typed.protocol === 'http:' && !isLoopback(typed.hostname))
      problems.push({ id: 'url-not-https', detail: `${typed.origin} would receive tokens unencrypted.` });
    if (options.url.endsWith('/') && typed.pathname !== '/')
      problems.push({ id: 'url-trailing-slash', detail: `Examined as ${typed.href.replace(/\/+$/, '')}.` });
    return outcome(typed.href, problems);
  },
};

import { type Check, outcome, type Problem } from '../check.ts';
import { isLoopback } from '../loopback-host.ts';

/** Whether the URL is one that a client can use. */
export const address: Check = {
  id: 'url',
  phase: 'Reach',
  title: 'The URL is well formed',
  async run({ url, options }) {
    const problems: Problem[] = [];
    if (url.protocol === 'http:' && !isLoopback(url.hostname))
      problems.push({ id: 'url-not-https', detail: `${url.origin} sends tokens in the clear.` });
    if (options.url.endsWith('/') && url.pathname !== '/')
      problems.push({ id: 'url-trailing-slash', detail: `Examined as ${url.href.replace(/\/+$/, '')}.` });
    return outcome(url.href, problems);
  },
};

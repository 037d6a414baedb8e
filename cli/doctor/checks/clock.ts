import { type Check, problem } from '../check.ts';

/** How far the clocks may differ: more than a slow answer explains, less than token verification tolerates. */
const toleranceSeconds = 30;

/** Whether this machine's clock and the server's agree, by the `Date` header. */
export const clock: Check = {
  id: 'clock',
  phase: 'Reach',
  needs: 'server',
  title: 'The clocks agree',
  async run({ contact }) {
    const date = Date.parse(contact?.headers.get('date') ?? '');
    if (Number.isNaN(date)) return { skipped: 'the server sends no Date header' };
    const ahead = Math.round((date - Date.now()) / 1000);
    const seen = `The server’s clock is ${Math.abs(ahead)} s ${ahead > 0 ? 'ahead of' : 'behind'} this machine’s.`;
    return Math.abs(ahead) > toleranceSeconds
      ? problem('clock-skew', seen)
      : { detail: 'Within a few seconds.' };
  },
};

import { type Check, noAnswer, outcome, type Problem } from '../check.ts';
import { describe } from '../describe.ts';
import type { Examination } from '../examination.ts';
import { send } from '../send.ts';

/** The id of a problem, and of the notice on this project's own privacy page (`lib/pages/privacy.ts`). */
const unfilled = 'operator-missing';

/** The links that the directory asks for, where metadata has members for them (RFC 9728, RFC 8414). */
export const directoryLinks: Check = {
  id: 'directory-links',
  phase: 'Directory',
  needs: 'sign-in',
  only: 'directory',
  title: 'The metadata links to a privacy policy and documentation',
  async run(examination) {
    const { links, url } = examination;
    if (!links) return { skipped: 'there is no metadata' };
    const { privacy, documentation } = links;
    const problems: Problem[] = [];
    if (privacy === undefined)
      problems.push({ id: 'privacy-policy-missing', detail: 'Neither document has one.' });
    if (documentation === undefined)
      problems.push({ id: 'documentation-missing', detail: 'Neither document has one.' });
    for (const link of [privacy, documentation]) {
      if (link === undefined) continue;
      const target = URL.parse(link);
      // Its own pages are as public as the server itself, which other checks judge.
      if (target?.origin === url.origin) problems.push(...(await problemsOfPage(examination, link)));
      else if (target?.protocol !== 'https:') problems.push({ id: 'link-not-https', detail: `${link}.` });
    }
    return outcome(
      `${privacy} and ${documentation}. Check that pages elsewhere open without a sign-in.`,
      problems,
    );
  },
};

/** What is wrong with a page of the server's own. */
async function problemsOfPage(examination: Examination, link: string): Promise<Problem[]> {
  const answer = await send(examination, link, { headers: { accept: 'text/html' }, truncate: true });
  if ('failed' in answer) return [noAnswer(answer, 'link-broken')];
  if (answer.status !== 200) return [{ id: 'link-broken', detail: describe(answer) }];
  return answer.text.includes(`id="${unfilled}"`) ? [{ id: unfilled, detail: `${link} says so.` }] : [];
}

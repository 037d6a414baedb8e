import { type Check, outcome, type Problem } from '../check.ts';

/** The links that the directory asks for, where metadata has members for them (RFC 9728, RFC 8414). */
export const directoryLinks: Check = {
  id: 'directory-links',
  phase: 'Directory',
  needs: 'sign-in',
  only: 'directory',
  title: 'The metadata links to a privacy policy and documentation',
  async run({ links }) {
    if (!links) return { skipped: 'there is no metadata' };
    const { privacy, documentation } = links;
    const problems: Problem[] = [];
    if (privacy === undefined)
      problems.push({ id: 'privacy-policy-missing', detail: 'Neither document has one.' });
    if (documentation === undefined)
      problems.push({ id: 'documentation-missing', detail: 'Neither document has one.' });
    for (const link of [privacy, documentation])
      if (link !== undefined && URL.parse(link)?.protocol !== 'https:')
        problems.push({ id: 'link-not-https', detail: `${link}.` });
    return outcome(`${privacy} and ${documentation}. Check that both open without a sign-in.`, problems);
  },
};

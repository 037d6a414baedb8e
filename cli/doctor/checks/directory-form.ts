import type { Check } from '../check.ts';

/** What the directory's form asks for and nobody can check from outside. */
export const directoryForm: Check = {
  id: 'directory-form',
  phase: 'Directory',
  only: 'directory',
  title: 'What the form asks for',
  async run() {
    return {
      skipped:
        'the doctor cannot see it; have ready: a test account with sample data that needs no MFA, a support contact, a logo, and three example prompts',
    };
  },
};

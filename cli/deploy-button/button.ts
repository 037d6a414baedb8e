import { CommandFailure } from '../failure.ts';

/** What a person has after `npm run setup`, or after making the application in Auth0's dashboard by hand. */
const variables = ['AUTH0_DOMAIN', 'AUTH0_CLIENT_ID', 'AUTH0_CLIENT_SECRET'];

/** The Marketplace's Upstash database, which the flow creates and connects. */
const store = {
  type: 'integration',
  integrationSlug: 'upstash',
  productSlug: 'upstash-kv',
  protocol: 'storage',
};

const button = /(\[!\[Deploy with Vercel\]\(https:\/\/vercel\.com\/button\)\]\()[^)\s]*(\))/;

/**
 * The web address of a repository, from any of the forms that git writes: https, with or without credentials and `.git`, and
 * ssh. Vercel clones from GitHub, GitLab and Bitbucket.
 */
export function repositoryUrl(remote: string): string {
  const [, host, path] =
    /^(?:https?:\/\/(?:[^@/]*@)?|ssh:\/\/git@|git@)((?:github|gitlab|bitbucket)\.(?:com|org))[/:]([\w.-]+(?:\/[\w.-]+)+)$/.exec(
      remote.replace(/\/$/, '').replace(/\.git$/, ''),
    ) ?? [];
  if (host && path) return `https://${host}/${path}`;
  throw new CommandFailure(
    'The address is not that of a repository on GitHub, GitLab or Bitbucket.',
    'Name it: npm run deploy-button -- https://github.com/you/your-fork',
  );
}

/** Vercel's flow that clones a repository, asks for the variables, adds the store and deploys. */
export function buttonUrl(repository: string): string {
  const url = new URL('https://vercel.com/new/clone');
  url.search = new URLSearchParams({
    'repository-url': repository,
    env: variables.join(','),
    envDescription: 'npm run setup prints these values',
    envLink: `${repository}#deploy`,
    stores: JSON.stringify([store]),
  }).toString();
  return url.href;
}

/** The README with a button that deploys this repository. Throws `CommandFailure` if it has no button. */
export function withButton(readme: string, repository: string): string {
  if (!button.test(readme))
    throw new CommandFailure(
      'README.md has no deploy button.',
      'Add one: [![Deploy with Vercel](https://vercel.com/button)]()',
    );
  return readme.replace(button, (_, before, after) => before + buttonUrl(repository) + after);
}

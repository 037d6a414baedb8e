import { randomBytes } from 'node:crypto';

export type Target = 'production' | 'preview' | 'development';

/** An environment variable with its real value, which the API only shows for the type `plain`. */
export type EnvVariable = {
  id: string;
  key: string;
  value: string;
  type: 'system' | 'plain' | 'encrypted' | 'sensitive';
  target: Target[];
  gitBranch?: string;
  comment?: string;
  createdAt: number;
  updatedAt: number;
};

export type Link = {
  type: 'github';
  org: string;
  repo: string;
  repoId: number;
  productionBranch: string;
};

export type Protection = { deploymentType: string } | null;

export type Project = {
  id: string;
  accountId: string;
  name: string;
  framework: string | null;
  autoExposeSystemEnvs: boolean;
  ssoProtection: Protection;
  protectionBypass: Record<
    string,
    { createdAt: number; createdBy: string; scope: string; isEnvVar: boolean }
  >;
  link?: Link;
  env: EnvVariable[];
  domains: string[];
};

export type Deployment = {
  uid: string;
  projectId: string;
  url: string;
  target: 'production' | null;
  created: number;
  /** The states that its next reads show, the last one for good. */
  states: ('QUEUED' | 'BUILDING' | 'READY' | 'ERROR')[];
  /** What a production deployment gets as its environment. */
  env: Record<string, string>;
};

/** An account at Vercel, with one team or none. */
export type Account = {
  token: string;
  /** The account that owns projects: a team's id, or the user's. */
  accountId: string;
  projects: Project[];
  deployments: Deployment[];
  /** Repositories that Vercel's GitHub application may read, by `owner/name`. */
  repositories: Map<string, number>;
  /** The host of a new project's production domain. */
  domainOf(name: string): string;
  /** Requests allowed until the limit answers 429. Undefined: no limit. */
  remainingRequests: number | undefined;
  /** Whether builds fail. */
  buildsFail: boolean;
};

/** An id such as Vercel's: a prefix and random characters. */
export function newId(prefix: string): string {
  return `${prefix}_${randomBytes(12).toString('hex')}`;
}

/** The project by id or name. */
export function findProject({ projects }: Account, idOrName: string | undefined): Project | undefined {
  return projects.find(({ id, name }) => id === idOrName || name === idOrName);
}

import type { SignInConfig } from '../../lib/config.ts';
import type { CommandFailure } from '../failure.ts';
import type { Arguments } from './arguments.ts';
import type { Deployment } from './deployment.ts';
import type { Tenant } from './tenant.ts';

/** What a command works with. */
export type Admin = {
  config: SignInConfig;
  deployment: Deployment;
  flags: Arguments;
  /** The tenant's Management API, opened once; or why it cannot be used. */
  tenant(): Promise<Tenant | CommandFailure>;
  /** Tells the person at the terminal what takes long. */
  say(text: string): void;
};

/** What a command found or did. Holds no secret. */
export type Report = {
  lines: string[];
  json: Record<string, unknown>;
  /** Why something is left undone. Then the exit code is 1. */
  incomplete?: string[];
};

/** What a command would do. Nothing is changed before `perform`. */
export type Plan = {
  /** What would be done, for the person who must confirm it. */
  lines: string[];
  json: Record<string, unknown>;
  question: string;
  /** Throws CommandFailure, StoreUnavailable. */
  perform(): Promise<Report>;
};

export type Command = (admin: Admin) => Promise<Report | Plan>;

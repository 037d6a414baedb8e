import type { Management } from '../management/management.ts';
import type { Finding, Step } from './plan.ts';
import type { Variable } from './variable.ts';

/** What a flag asks for in addition to the server itself: planned, shown and confirmed with the rest. */
export type Extra = {
  step: Step;
  findings: Finding[];
  /** Scopes of the Management API token that the changes need. */
  needs: string[];
  /** Makes the changes. Throws `CommandFailure`. */
  apply(management: Management): Promise<Applied>;
};

export type Applied = {
  /** Variables for the server, to write into its file. */
  variables?: Variable[];
  /** Another file to write, such as a machine client's credentials. */
  file?: { path: string; variables: Map<string, string> };
};

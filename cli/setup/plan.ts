/** One property that will be set, and why the server needs it so. */
export type Change = {
  property: string;
  /** What it is now, where there is something. */
  from?: string;
  to: string;
  why: string;
  /** Whether this allows something that was not allowed before. */
  loosens?: boolean;
};

/** What happens to one thing: made, changed or left as it is. */
export type Step = { subject: string; action: 'create' | 'change' | 'keep'; changes: Change[] };

/** Something setup does not change: `problem` stops it, `warning` is for the reader to decide, `note` is good to know. */
export type Finding = { level: 'problem' | 'warning' | 'note'; message: string; fix?: string };

/** A step from its changes: without any there is nothing to do. */
export function stepOf(subject: string, exists: boolean, changes: Change[]): Step {
  return { subject, action: !exists ? 'create' : changes.length ? 'change' : 'keep', changes };
}

/** One property that setup will set, and why the server needs it. */
export type Change = {
  property: string;
  /** The current value, if there is one. */
  from?: string;
  to: string;
  why: string;
  /** Whether the change allows something that was not allowed before. */
  loosens?: boolean;
};

/** What setup does with one resource: creates it, changes it or keeps it. */
export type Step = { subject: string; action: 'create' | 'change' | 'keep'; changes: Change[] };

/** Something that setup does not change. A `problem` stops setup, a `warning` needs your decision, a `note` is information. */
export type Finding = { level: 'problem' | 'warning' | 'note'; message: string; fix?: string };

/** A step with its changes. Without changes, an existing resource is kept. */
export function stepOf(subject: string, exists: boolean, changes: Change[]): Step {
  return { subject, action: !exists ? 'create' : changes.length ? 'change' : 'keep', changes };
}

/** Progress as a task's status message, which is all that clients see of it. */
export function progressText(done: number, total?: number, message?: string): string {
  const count = total === undefined ? String(done) : `${done}/${total}`;
  return message ? `${count} ${message}` : count;
}

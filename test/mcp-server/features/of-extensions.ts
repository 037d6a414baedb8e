/** The tools that tests of extensions call, one line for each extension: it is deleted with the file that it names. */

export type { Feature } from '../../../lib/mcp/define/feature.ts';

export { accountTask } from './account-task.ts';
export { accounts } from './accounts.ts';
export { downstream } from './downstream.ts';
export { refund } from './refund.ts';
export { tasks } from './tasks.ts';

/** The steps by name, in their order. */
export const stepNames = ['project', 'auth0', 'store', 'variables', 'previews', 'deploy', 'check'] as const;
export type StepName = (typeof stepNames)[number];

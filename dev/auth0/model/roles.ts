import { randomAlphanumerics } from './identifiers.ts';

/** A permission at one API. */
export type Permission = { identifier: string; name: string };

/** A role: permissions that users get together. */
export type Role = { id: string; name: string; description: string; permissions: Permission[] };

/** A new role without permissions. */
export function newRole(input: { name: string; description?: string | undefined }): Role {
  return {
    id: `rol_${randomAlphanumerics(16)}`,
    name: input.name,
    description: input.description ?? input.name,
    permissions: [],
  };
}

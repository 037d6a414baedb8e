/** What marks an application as made by this server, under `made_by` in its metadata; no other is ever used, changed or deleted. */
export const maker = 'mcp-auth0-vercel';

/** The least that a function can be: what the platform and Node cost every function. */
export default { fetch: () => Response.json({ ok: true }) };

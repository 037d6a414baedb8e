import { beforeAll, describe, expect, it } from 'vitest';

describe('a deployment without its variables', () => {
  beforeAll(() => {
    process.env.AUTH0_DOMAIN = 'not a domain value';
    process.env.LOG_LEVEL = 'info';
  });

  it.each(['../../../api/health.ts'])('is named variable by variable by %s', async (module) => {
    const { default: subject } = await import(module);
    const response: Response = await subject.fetch(new Request('https://mcp.example.com/health'));
    const text = await response.text();
    expect(response.status).toBe(503);
    for (const variable of ['SERVER_URL', 'AUTH0_DOMAIN', 'AUTH0_CLIENT_ID', 'AUTH0_CLIENT_SECRET'])
      expect(text).toContain(variable);
    expect(text).not.toContain('not a domain value');
  });
});

import { afterAll, beforeAll, vi } from 'vitest';

/** What one answer was: when something is down, none may be late, and none may be a bare 500. */
export type WatchedAnswer = { request: string; status: number; ms: number; type: string | null };

/**
 * Notes every answer that `fetch` gets in a test file, except from origins that are broken on purpose.
 *
 * @param isOurs whether the answer to this URL is the server's own.
 */
export function watchAnswers(isOurs: (url: string) => boolean): { take(): WatchedAnswer[] } {
  let answers: WatchedAnswer[] = [];
  beforeAll(() => {
    const unwatched = globalThis.fetch;
    vi.stubGlobal('fetch', async (input: URL | string, init?: RequestInit) => {
      const started = performance.now();
      const response = await unwatched(input, init);
      if (isOurs(String(input)))
        answers.push({
          request: `${init?.method ?? 'GET'} ${new URL(input).pathname}`,
          status: response.status,
          ms: Math.round(performance.now() - started),
          type: response.headers.get('content-type'),
        });
      return response;
    });
  });
  afterAll(() => {
    vi.unstubAllGlobals();
  });
  return {
    take: () => {
      const taken = answers;
      answers = [];
      return taken;
    },
  };
}

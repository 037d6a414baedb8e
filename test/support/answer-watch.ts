import { AsyncLocalStorage } from 'node:async_hooks';
import { afterAll, beforeAll, vi } from 'vitest';

/** What one answer was: when something is down, none may be late, and none may be a bare 500. */
export type WatchedAnswer = {
  request: string;
  status: number;
  /** Milliseconds to its headers; in `during`, to the end of its body. */
  ms: number;
  type: string | null;
};

export type AnswerWatch = {
  /** The answers since the last call. */
  take(): WatchedAnswer[];
  /** Does work, and gives its outcome and every answer that it got, whatever else runs at the same time. */
  during<T>(work: () => Promise<T>): Promise<{ outcome: T; answers: WatchedAnswer[] }>;
};

type Work = { answers: WatchedAnswer[]; bodies: Promise<unknown>[] };

/**
 * Notes every answer that `fetch` gets in a test file, except from origins that are broken on purpose.
 *
 * @param isOurs whether the answer to this URL is the server's own.
 */
export function watchAnswers(isOurs: (url: string) => boolean): AnswerWatch {
  let answers: WatchedAnswer[] = [];
  const current = new AsyncLocalStorage<Work>();
  beforeAll(() => {
    const unwatched = globalThis.fetch;
    vi.stubGlobal('fetch', async (input: URL | string, init?: RequestInit) => {
      const started = performance.now();
      const response = await unwatched(input, init);
      if (!isOurs(String(input))) return response;
      const elapsedMs = () => Math.round(performance.now() - started);
      const answer: WatchedAnswer = {
        request: `${init?.method ?? 'GET'} ${new URL(input).pathname}`,
        status: response.status,
        ms: elapsedMs(),
        type: response.headers.get('content-type'),
      };
      const work = current.getStore();
      if (!work) {
        answers.push(answer);
        return response;
      }
      work.answers.push(answer);
      const noteEnd = () => {
        answer.ms = elapsedMs();
      };
      work.bodies.push(response.clone().arrayBuffer().then(noteEnd, noteEnd));
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
    during: async (work) => {
      const noted: Work = { answers: [], bodies: [] };
      const outcome = await current.run(noted, work);
      await Promise.all(noted.bodies);
      return { outcome, answers: noted.answers };
    },
  };
}

/** The same response, telling when its body has been read to the end and when the client leaves before. */
export function watched(
  response: Response,
  { onEnd, onLeave }: { onEnd(): Promise<void>; onLeave(): Promise<void> },
): Response {
  const reader = response.body?.getReader();
  const body = new ReadableStream<Uint8Array>({
    pull: async (controller) => {
      const { done, value } = (await reader?.read()) ?? { done: true };
      if (value) controller.enqueue(value);
      if (!done) return;
      controller.close();
      await onEnd();
    },
    cancel: async (reason) => {
      await reader?.cancel(reason);
      await onLeave();
    },
  });
  return new Response(body, { status: response.status, headers: response.headers });
}

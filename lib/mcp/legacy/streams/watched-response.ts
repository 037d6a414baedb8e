/** The same response, with a callback when its body has been read to the end or the client disconnects before that. */
export function watched(
  response: Response,
  { onEnd, onDisconnect }: { onEnd(): Promise<void>; onDisconnect(): Promise<void> },
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
      await onDisconnect();
    },
  });
  return new Response(body, { status: response.status, headers: response.headers });
}

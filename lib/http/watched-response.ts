/** The same response, with a callback when its body has been read to the end, or before that breaks or is no longer wanted. */
export function watched(
  response: Response,
  { onEnd, onDisconnect }: { onEnd(): void | Promise<void>; onDisconnect(): void | Promise<void> },
): Response {
  const reader = response.body?.getReader();
  const body = new ReadableStream<Uint8Array>({
    pull: async (controller) => {
      try {
        const { done, value } = (await reader?.read()) ?? { done: true };
        if (value) controller.enqueue(value);
        if (!done) return;
      } catch (error) {
        await onDisconnect();
        throw error;
      }
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

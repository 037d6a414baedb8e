import { z } from 'zod';

/** The tool that every contestant offers. It does nothing, so that what is measured is the server around it. */
export const echo = {
  name: 'echo',
  title: 'Echo',
  description: 'Returns the text that it was given, as many times as asked for.',
  input: z.object({ text: z.string().max(1_000), times: z.number().int().min(1).max(10) }),
  answer: ({ text, times }: { text: string; times: number }) => text.repeat(times),
};

/** How many tools a contestant offers: the echo, and others of the same shape that nobody calls. */
const toolCount = Number(process.env.BENCH_TOOLS ?? 1);

/** The names of all tools, the echo's first. */
export const toolNames = [
  echo.name,
  ...Array.from({ length: toolCount - 1 }, (_, index) => `echo_${index + 2}`),
];

/** How a contestant introduces itself. */
export const identity = { name: 'bench', version: '1.0.0' };

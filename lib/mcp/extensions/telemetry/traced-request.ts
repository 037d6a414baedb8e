import { type Context, context, type Span, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import { serverName, serverVersion } from '../../../version.ts';
import type { ToolResult } from '../../server/additions.ts';
import type { ExtensionRequest } from '../../server/extension.ts';
import { withAnswers } from './answers.ts';
import { recordDuration } from './duration.ts';
import { withFetchSpans } from './fetch-spans.ts';
import { type ClientMessage, clientMessages, sharedAttributes, spanAttributes } from './message.ts';
import { cancelled, type Outcome, outcomeOf, refused, success, unanswered } from './outcome.ts';
import { parentOf } from './parent.ts';

type Traced = {
  message: ClientMessage;
  span: Span;
  /** In which what belongs to the message runs: the span, and the client's baggage. */
  inside: Context;
  startedMs: number;
  handlerRan: boolean;
};

/**
 * The spans of one HTTP request: a SERVER span for each message in it
 * (open-telemetry/semantic-conventions, docs/gen-ai/mcp.md). No argument, result, token or error text enters them.
 */
export class TracedRequest {
  readonly #asked: ExtensionRequest;
  /** Messages whose span has not ended. */
  readonly #open = new Set<Traced>();

  constructor(asked: ExtensionRequest) {
    this.#asked = asked;
  }

  /** Serves the request inside the spans of its messages, which end when each has been answered. */
  async respond(next: () => Promise<Response>): Promise<Response> {
    const traced = clientMessages(this.#asked.message).map((message) => this.#start(message));
    const [only, ...others] = traced;
    if (!only) return next();
    try {
      const response = await (others.length ? next() : context.with(only.inside, next));
      if (response.ok) setSession(traced, response.headers, this.#asked.request.headers);
      return await withAnswers(response, {
        onAnswer: (answer) => this.#onAnswer(answer),
        onEnd: () => this.#endAll((each) => withoutAnswer(each, response.status)),
        onDisconnect: () => this.#endAll(() => cancelled),
      });
    } catch (error) {
      this.#endAll(() => unanswered);
      throw error;
    }
  }

  /** Runs a tool's handler inside the span of its message, with a child span for each `fetch`. */
  callTool(id: string | number, run: () => Promise<ToolResult>): Promise<ToolResult> {
    const traced = [...this.#open].find(({ message }) => message.id === id);
    if (!traced) return run();
    traced.handlerRan = true;
    return context.with(traced.inside, () => withFetchSpans(run));
  }

  #start(message: ClientMessage): Traced {
    const { parent, links } = parentOf(message);
    const attributes = {
      ...sharedAttributes(message, this.#asked, false),
      ...spanAttributes(message, this.#asked),
    };
    const span = trace
      .getTracer(serverName, serverVersion)
      .startSpan(nameOf(attributes), { kind: SpanKind.SERVER, attributes, links }, parent);
    const inside = trace.setSpan(parent, span);
    const traced = { message, span, inside, startedMs: performance.now(), handlerRan: false };
    this.#open.add(traced);
    return traced;
  }

  /** An error without an id is about the whole request. */
  #onAnswer(answer: Record<string, unknown>): void {
    for (const traced of [...this.#open])
      if (traced.message.id !== undefined && (answer.id === traced.message.id || answer.id === null))
        this.#end(traced, outcomeOf(answer, traced.handlerRan));
  }

  #endAll(outcome: (traced: Traced) => Outcome): void {
    for (const traced of [...this.#open]) this.#end(traced, outcome(traced));
  }

  #end(traced: Traced, { rpcOutcome, errorType, errorCode }: Outcome): void {
    const { message, span, startedMs } = traced;
    this.#open.delete(traced);
    const shared = {
      ...sharedAttributes(message, this.#asked, errorType === undefined || errorType === 'tool_error'),
      ...(errorType && { 'error.type': errorType }),
      ...(errorCode !== undefined && { 'rpc.response.status_code': String(errorCode) }),
    };
    span.updateName(nameOf(shared));
    span.setAttributes({ ...shared, 'vercel.rpc.outcome': rpcOutcome });
    // Without a description: the messages of errors may quote arguments.
    if (errorType) span.setStatus({ code: SpanStatusCode.ERROR });
    span.end();
    recordDuration((performance.now() - startedMs) / 1000, shared);
  }
}

/** The session that an accepted request opens, or is in. */
function setSession(traced: Traced[], opened: Headers, sent: Headers): void {
  const session = opened.get('mcp-session-id') ?? sent.get('mcp-session-id') ?? '';
  // A client without a session can send anything in this header.
  if (!/^[\w-]{32}$/.test(session)) return;
  for (const { span } of traced) span.setAttribute('mcp.session.id', session);
}

/** `{mcp.method.name} {target}`. */
function nameOf(attributes: ReturnType<typeof sharedAttributes>): string {
  const target = attributes['gen_ai.tool.name'] ?? attributes['gen_ai.prompt.name'];
  return [attributes['mcp.method.name'], target].filter((part) => part !== undefined).join(' ');
}

/** A response that ended without answering the message: right for a notification, and for nothing else. */
function withoutAnswer({ message }: Traced, status: number): Outcome {
  if (status >= 400) return refused(status);
  return message.id === undefined ? success : unanswered;
}

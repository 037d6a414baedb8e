/**
 * A string with one character per byte (latin1): Redis strings are bytes, and in this form they compare,
 * measure and index as bytes do. Text in ASCII looks the same either way.
 */
export type Bytes = string;

/** What Redis answers to one command; a simple string (`+OK`) is kept apart for scripts, which see the difference. */
export type Reply = null | number | Bytes | Status | Failure | Reply[];
export type Status = { status: string };
/** A Redis error reply, code first: `WRONGTYPE Operation against …`. */
export type Failure = { error: string };

/** A published message; `pattern` only for a pattern subscription. */
export type Message = { channel: Bytes; payload: Bytes; pattern?: Bytes };
export type Topic = { kind: 'channel' | 'pattern'; name: Bytes };
export type Unsubscribe = () => Promise<void>;

/** What executes commands behind the REST protocol. A rejected promise means that the backend cannot be reached. */
export type Backend = {
  execute(command: Bytes[]): Promise<Reply>;
  /** MULTI/EXEC: one reply a command, or one failure when the whole was discarded. */
  transaction(commands: Bytes[][]): Promise<Reply[] | Failure>;
  subscribe(topic: Topic, onMessage: (message: Message) => void): Promise<Unsubscribe>;
  close(): Promise<void>;
};

export const OK: Status = { status: 'OK' };

export const isFailure = (reply: Reply | Reply[]): reply is Failure =>
  typeof reply === 'object' && reply !== null && 'error' in reply;

export const bytesOf = (text: string): Bytes => Buffer.from(text, 'utf8').toString('latin1');

/** Bytes that are not UTF-8 become U+FFFD, as in Upstash's plain JSON replies. */
export const textOf = (bytes: Bytes): string => Buffer.from(bytes, 'latin1').toString('utf8');

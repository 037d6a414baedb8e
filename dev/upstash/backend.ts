/**
 * A string with one character per byte (latin1). Redis strings are bytes, and in this form their order, length and
 * indexes are those of bytes. ASCII text stays the same.
 */
export type Bytes = string;

/** The reply to one command. A simple string (`+OK`) has its own type, because scripts see the difference. */
export type Reply = null | number | Bytes | Status | Failure | Reply[];
export type Status = { status: string };
/** A Redis error reply, code first: `WRONGTYPE Operation against …`. */
export type Failure = { error: string };

/** A published message. `pattern` is set for a pattern subscription only. */
export type Message = { channel: Bytes; payload: Bytes; pattern?: Bytes };
export type Topic = { kind: 'channel' | 'pattern'; name: Bytes };
export type Unsubscribe = () => Promise<void>;

/** Executes the commands that arrive over REST. A rejected promise means that the backend cannot be reached. */
export type Backend = {
  execute(command: Bytes[]): Promise<Reply>;
  /** MULTI/EXEC: one reply for each command, or one failure if the transaction was discarded. */
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

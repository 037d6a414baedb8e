/** A request before it is sent: its parts are kept apart so that each can be changed. */
export type Draft = {
  /** The function that answers, as a path under `api/`. */
  endpoint: string;
  method: string;
  path: string;
  query: [name: string, value: string][];
  headers: [name: string, value: string][];
  body: Body;
};

export type Body =
  | { kind: 'none' }
  | { kind: 'form'; fields: [name: string, value: string][] }
  | { kind: 'json'; value: unknown }
  | { kind: 'raw'; bytes: Uint8Array };

/** A place in a draft that holds a text. */
export type Slot = { get(): string; set(value: string): void; drop(): void; repeat(): void };

function pairSlots(pairs: [string, string][]): Slot[] {
  return pairs.map((pair) => ({
    get: () => pair[1],
    set: (value) => {
      pair[1] = value;
    },
    drop: () => void pairs.splice(pairs.indexOf(pair), 1),
    repeat: () => void pairs.push([...pair]),
  }));
}

/** Texts inside JSON, at any depth. */
function jsonSlots(holder: unknown): Slot[] {
  if (typeof holder !== 'object' || holder === null) return [];
  const record = holder as Record<string, unknown>;
  return Object.keys(record).flatMap((key) => {
    const value = record[key];
    if (typeof value !== 'string') return jsonSlots(value);
    return {
      get: () => value,
      set: (text: string) => {
        record[key] = text;
      },
      drop: () => void delete record[key],
      repeat: () => {
        record[key] = [value, value];
      },
    };
  });
}

/** Every text in a draft: query and form parameters, headers, and texts in JSON. */
export function slotsOf({ query, headers, body }: Draft): Slot[] {
  const inBody =
    body.kind === 'form' ? pairSlots(body.fields) : body.kind === 'json' ? jsonSlots(body.value) : [];
  return [...pairSlots(query), ...pairSlots(headers), ...inBody];
}

/** The bytes and the type of a body. */
export function encode(body: Body): { bytes: BodyInit | null; type: string | undefined } {
  switch (body.kind) {
    case 'none':
      return { bytes: null, type: undefined };
    case 'form':
      return {
        bytes: new URLSearchParams(body.fields).toString(),
        type: 'application/x-www-form-urlencoded',
      };
    case 'json':
      return { bytes: JSON.stringify(body.value) ?? 'undefined', type: 'application/json' };
    case 'raw':
      return { bytes: new Uint8Array(body.bytes), type: 'application/json' };
  }
}

/** The draft as a web request. Throws TypeError if no HTTP client could send it. */
export function toRequest(draft: Draft, origin: string, address: string, signal: AbortSignal): Request {
  const headers = new Headers();
  for (const [name, value] of draft.headers) headers.append(name, value);
  headers.set('x-real-ip', address);
  headers.set('host', new URL(origin).host);
  const { bytes, type } = encode(draft.body);
  if (type && !headers.has('content-type')) headers.set('content-type', type);
  const query = new URLSearchParams(draft.query).toString();
  const url = `${origin}${draft.path}${query && `?${query}`}`;
  const hasBody = bytes !== null && !['GET', 'HEAD'].includes(draft.method);
  return new Request(url, { method: draft.method, headers, signal, ...(hasBody && { body: bytes }) });
}

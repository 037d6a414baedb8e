/**
 * The parameters of the Bearer challenge in a `WWW-Authenticate` header (RFC 9110 section 11.6.1), by lower-case
 * name. Undefined if there is no Bearer challenge.
 */
export function bearerChallenge(header: string | null): Map<string, string> | undefined {
  const start = /(?:^|,)\s*bearer(?=\s|,|$)/i.exec(header ?? '');
  if (!header || !start) return undefined;
  const parameters = new Map<string, string>();
  const parameter = /\s*,?\s*([\w-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]+))/y;
  parameter.lastIndex = start.index + start[0].length;
  for (let match = parameter.exec(header); match; match = parameter.exec(header)) {
    const [, name = '', quoted, token = ''] = match;
    parameters.set(name.toLowerCase(), quoted === undefined ? token : quoted.replace(/\\(.)/g, '$1'));
  }
  return parameters;
}

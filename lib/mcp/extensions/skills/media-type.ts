import { extname } from 'node:path/posix';

const byExtension: Record<string, string> = {
  '.md': 'text/markdown',
  '.csv': 'text/csv',
  '.css': 'text/css',
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.json': 'application/json',
  '.py': 'text/x-python',
  '.sh': 'application/x-sh',
  '.yaml': 'application/yaml',
  '.yml': 'application/yaml',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.jpg': 'image/jpeg',
  '.jpeg': 'image/jpeg',
  '.pdf': 'application/pdf',
};

/** The media type of a skill's file, by its name; by its content if the name says nothing. */
export function mediaTypeOf(path: string, isText: boolean): string {
  return byExtension[extname(path).toLowerCase()] ?? (isText ? 'text/plain' : 'application/octet-stream');
}

import { readFileSync } from 'node:fs';
import { PUBLIC, type Routes } from '@cityloop/http';
import { keep } from './etag.ts';

const FOLDER = new URL('../../page/', import.meta.url);
const JAVASCRIPT = 'text/javascript; charset=utf-8';
const files = [
  ['/', 'index.html', 'text/html; charset=utf-8'],
  ['/app.js', 'app.js', JAVASCRIPT],
  ['/stream.js', 'stream.js', JAVASCRIPT],
  ['/words.js', 'words.js', JAVASCRIPT],
  ['/app.css', 'app.css', 'text/css; charset=utf-8'],
  ['/icon.svg', 'icon.svg', 'image/svg+xml'],
] as const;

/** `GET /`: the plain page of the demo, as it lies in the folder `page`; all of it from our own origin. */
export function pageRoutes(): Routes {
  return async (app) => {
    for (const [path, file, type] of files) {
      const text = readFileSync(new URL(file, FOLDER), 'utf8');
      const { etag } = keep(text);
      app.get(
        path,
        { config: { permission: PUBLIC }, schema: { hide: true } },
        async (request, reply) => {
          reply.header('etag', etag).header('cache-control', 'no-cache');
          if (request.headers['if-none-match'] === etag) return reply.code(304).send();
          return reply.header('content-type', type).send(text);
        },
      );
    }
  };
}

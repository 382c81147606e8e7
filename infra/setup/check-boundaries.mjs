/** Says which imports break the dependency rules of the workspace; exit 1 if any does. */
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findBreaches } from './boundaries.mjs';

const breaches = findBreaches(dirname(dirname(dirname(fileURLToPath(import.meta.url)))));
for (const breach of breaches) process.stdout.write(`${breach}\n`);
process.exitCode = breaches.length === 0 ? 0 : 1;

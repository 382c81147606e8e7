export { asyncApi } from './asyncapi.ts';
export { type Finding, findChanges, sayFinding } from './compatibility.ts';
export { publishedSchemas, publishedTypes } from './json-schemas.ts';
export { isJsonObject, type Json, type JsonObject, printJson } from './json-value.ts';
export { dataNames } from './names.ts';

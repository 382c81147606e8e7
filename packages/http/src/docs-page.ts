import type { OpenApiDocument, Operation } from './openapi-document.ts';
import { schemaExample, schemaText } from './schema-text.ts';

/** The page's only style; the content security policy allows it by its hash. */
export const docsStyle = `
:root{color-scheme:light dark;--line:#8884;--soft:#8882}
body{font:15px/1.6 system-ui,"PingFang SC","Microsoft YaHei",sans-serif;margin:0 auto;max-width:64rem;padding:1rem}
h1{font-size:1.5rem;margin:.2rem 0}h2{font-size:1.1rem;margin:1.6rem 0 .4rem;border-bottom:1px solid var(--line)}
nav{display:flex;flex-wrap:wrap;gap:.2rem 1rem}
details{border:1px solid var(--line);border-radius:6px;margin:.35rem 0;padding:0 .7rem}
details[open]{padding-bottom:.7rem}
summary{cursor:pointer;padding:.4rem 0;overflow-wrap:anywhere}
summary b{display:inline-block;min-width:4.2rem;font-family:ui-monospace,monospace}
code,pre{font-family:ui-monospace,Menlo,Consolas,monospace;font-size:13px}
pre{background:var(--soft);border-radius:4px;margin:.3rem 0;overflow-x:auto;padding:.5rem .7rem}
table{border-collapse:collapse}td,th{border:1px solid var(--line);padding:.15rem .5rem;text-align:left;vertical-align:top}
h3{font-size:.95rem;margin:.8rem 0 .2rem}small{opacity:.75}
`;

type Entry = { readonly method: string; readonly path: string; readonly operation: Operation };

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};
const html = (text: string): string => text.replace(/[&<>"']/g, (found) => ESCAPES[found] ?? found);
const pre = (text: string): string => `<pre>${html(text)}</pre>`;

function byTag(document: OpenApiDocument): ReadonlyMap<string, readonly Entry[]> {
  const entries = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({
      method: method.toUpperCase(),
      path,
      operation,
    })),
  );
  return Map.groupBy(entries, ({ operation }) => operation.tags[0] ?? '其他');
}

function parametersHtml({ parameters }: Operation): string {
  if (parameters.length === 0) return '';
  const rows = parameters.map(
    (parameter) =>
      `<tr><td><code>${html(parameter.name)}</code></td><td>${html(parameter.in)}</td><td>${
        parameter.required ? '必填' : ''
      }</td><td><code>${html(schemaText(parameter.schema ?? { required: [] }))}</code></td><td>${html(
        parameter.description ?? parameter.schema?.description ?? '',
      )}</td></tr>`,
  );
  return `<h3>参数</h3><table><tr><th>名称</th><th>位置</th><th></th><th>类型</th><th>说明</th></tr>${rows.join('')}</table>`;
}

function bodyHtml({ requestBody }: Operation): string {
  const parts = Object.entries(requestBody?.content ?? {}).map(
    ([type, { schema }]) =>
      `<h3>请求体 <small>${html(type)}</small></h3>${schema === undefined ? '' : pre(schemaText(schema))}`,
  );
  return parts.join('');
}

function responsesHtml({ responses }: Operation): string {
  const parts = Object.entries(responses).map(([status, { description, content }]) => {
    const schemas = Object.values(content ?? {}).flatMap(({ schema }) =>
      schema === undefined ? [] : [pre(schemaText(schema))],
    );
    return `<p><code>${html(status)}</code> ${html(description.replace('Default Response', ''))}</p>${schemas.join('')}`;
  });
  return `<h3>响应</h3>${parts.join('')}`;
}

function curlOf({ method, path, operation }: Entry, document: OpenApiDocument): string {
  const parts = [`curl -X ${method} "$BASE${path.replace(/\{(\w+)\}/g, '$$$1')}"`];
  if (operation['x-permission'] !== 'public') parts.push('-H "Authorization: Bearer $TOKEN"');
  const [body] = Object.entries(operation.requestBody?.content ?? {});
  if (body !== undefined) {
    const [type, { schema }] = body;
    parts.push(`-H "Content-Type: ${type}"`);
    const example = schema === undefined ? {} : schemaExample(schema, document);
    parts.push(`-d '${JSON.stringify(example).replaceAll("'", "'\\''")}'`);
  }
  return parts.join(' \\\n  ');
}

function entryHtml(entry: Entry, document: OpenApiDocument): string {
  const { method, path, operation } = entry;
  const permission = operation['x-permission'];
  const who = permission === 'public' ? '无需登录' : `权限 <code>${html(permission ?? '?')}</code>`;
  return [
    `<details><summary><b>${method}</b><code>${html(path)}</code> ${html(operation.summary ?? '')}</summary>`,
    `<p>${html(operation.description ?? '')} <small>${who}</small></p>`,
    parametersHtml(operation),
    bodyHtml(operation),
    responsesHtml(operation),
    `<h3>示例</h3>${pre(curlOf(entry, document))}</details>`,
  ].join('');
}

/**
 * The interface as one page for people: no script, no inline attributes, nothing from elsewhere, so
 * that it can be saved and reads the same under the strictest content security policy.
 */
export function docsPage(document: OpenApiDocument): string {
  const groups = [...byTag(document)];
  const links = groups.map(([tag]) => `<a href="#${encodeURIComponent(tag)}">${html(tag)}</a>`);
  const sections = groups.map(
    ([tag, entries]) =>
      `<h2 id="${html(encodeURIComponent(tag))}">${html(tag)}</h2>${entries
        .map((entry) => entryHtml(entry, document))
        .join('')}`,
  );
  const schemas = Object.entries(document.components.schemas).map(
    ([name, schema]) =>
      `<details><summary><code>${html(name)}</code></summary>${pre(schemaText(schema))}</details>`,
  );
  const { title, version, description = '' } = document.info;
  return [
    '<!doctype html><html lang="zh-CN"><head><meta charset="utf-8">',
    '<meta name="viewport" content="width=device-width,initial-scale=1">',
    `<title>${html(title)}</title><style>${docsStyle}</style></head><body>`,
    `<header><h1>${html(title)} <small>${html(version)}</small></h1><p>${html(description)}</p>`,
    `<p>机器可读：<a href="openapi.json">openapi.json</a>。示例中 <code>$BASE</code> 为服务地址，<code>$TOKEN</code> 为登录所得。</p>`,
    `<nav>${links.join('')}<a href="#schemas">数据结构</a></nav></header><main>`,
    ...sections,
    `<h2 id="schemas">数据结构</h2>${schemas.join('')}</main></body></html>`,
  ].join('\n');
}

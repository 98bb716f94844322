import { PROBLEMS } from '../problems.js';
import type { JsonSchema } from './json-schema.js';
import type { MediaType, OpenApiDocument, Operation, Parameter, Response } from './openapi-document.js';

interface Placed {
  readonly method: string;
  readonly path: string;
  readonly operation: Operation;
}

/** The document as a page: headings, tables and examples, without a script. */
export function docsPage(document: OpenApiDocument): string {
  const all = Object.entries(document.paths).flatMap(([path, operations]) =>
    Object.entries(operations).map(([method, operation]) => ({
      method: method.toUpperCase(),
      path,
      operation,
    })),
  );
  const groups = document.tags
    .map(({ name }) => ({ name, routes: all.filter(({ operation }) => operation.tags.includes(name)) }))
    .filter(({ routes }) => routes.length > 0);
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${text(document.info.title)} API</title>
<link rel="stylesheet" href="/docs/style.css">
</head>
<body>
<nav>
<a class="name" href="#top">${text(document.info.title)}</a>
${groups.map(({ name, routes }) => `<h2>${text(name)}</h2>\n<ul>${routes.map(linkTo).join('')}</ul>`).join('\n')}
<h2>Failures</h2>
<ul><li><a href="#codes">All codes</a></li></ul>
</nav>
<main id="top">
<h1>${text(document.info.title)} API</h1>
${words(document.info.description)}
<p>The same for programs: <a href="/openapi.json">/openapi.json</a>, OpenAPI ${document.openapi}. Callers show who they are by a key in <code>x-api-key</code>.</p>
${groups.map(({ name, routes }) => `<h2>${text(name)}</h2>\n${routes.map(section).join('\n')}`).join('\n')}
<section id="codes"><h2>Failures</h2>${codes()}
<h3>Shape</h3>${tree(document.components.schemas['Problem'] ?? {})}</section>
</main>
</body>
</html>
`;
}

function linkTo({ method, path, operation }: Placed): string {
  return `<li><a href="#${operation.operationId}">${badge(method)} ${text(path)}</a></li>`;
}

function section({ method, path, operation }: Placed): string {
  const { operationId, summary, description, security, parameters, requestBody, responses } = operation;
  return `<section id="${operationId}">
<h3>${badge(method)} <code>${text(path)}</code></h3>
<p class="summary">${text(summary)} <span class="role">${text(role(security))}</span></p>
${description === undefined ? '' : words(description)}
${parameters.length === 0 ? '' : parameterTable(parameters)}
${
  requestBody === undefined
    ? ''
    : `<h4>Body</h4>${Object.values(requestBody.content)
        .map((content) => media(content))
        .join('')}`
}
<h4>Answers</h4>
${Object.entries(responses)
  .map(([status, response]) => answer(status, response))
  .join('\n')}
</section>`;
}

function role(security: Operation['security']): string {
  if (security.length === 0) return 'open';
  const needed = security.flatMap((way) => way['key'] ?? []).join(', ');
  return security.some((way) => Object.keys(way).length === 0) ? `${needed}, or no key` : needed;
}

function parameterTable(parameters: readonly Parameter[]): string {
  const rows = parameters.map(({ name, required, description = '', schema, examples = {} }) => {
    const values = [...new Set(Object.values(examples).map(({ value }) => String(value)))];
    const shown = values.slice(0, 2).map((value) => `<code>${text(value)}</code>`);
    return `<tr><th scope="row"><code>${text(name)}</code>${required ? ' *' : ''}</th><td>${text(kind(schema))}</td><td>${inline(description)}${shown.length > 0 ? ` <span class="eg">e.g. ${shown.join(', ')}</span>` : ''}</td></tr>`;
  });
  return `<table class="parameters">${rows.join('')}</table>`;
}

function answer(status: string, { description, content = {} }: Response): string {
  const parts = Object.entries(content).map(([type, one]) => {
    const isJson = type === 'application/json';
    return `${isJson ? '' : `<p class="type">${text(type)}</p>`}${media(one)}`;
  });
  return `<details class="answer"${status.startsWith('2') ? ' open' : ''}><summary><b class="s${status[0]}">${status}</b> ${inline(description)}</summary>${parts.join('')}</details>`;
}

function media({ schema, examples = {} }: MediaType): string {
  const shape = '$ref' in schema ? '' : `<details><summary>Fields</summary>${tree(schema)}</details>`;
  const shown = Object.values(examples).map(
    ({ summary, value }) =>
      `${summary === undefined ? '' : `<p class="eg">${inline(summary)}</p>`}<pre>${text(typeof value === 'string' ? value : JSON.stringify(value, null, 2))}</pre>`,
  );
  return shown.join('') + shape;
}

/** The fields of a schema, and what they hold, as a list in lists. */
function tree(schema: JsonSchema): string {
  const { properties, required = [] } = objectIn(schema);
  if (properties === undefined) return `<p>${text(kind(schema))}</p>`;
  const items = Object.entries(properties).map(([name, field]) => {
    const below = objectIn(field).properties === undefined ? '' : tree(field);
    const said = field.description === undefined ? '' : ` ${inline(field.description)}`;
    return `<li><code>${text(name)}</code> <span class="kind">${text(kind(field))}${required.includes(name) ? '' : ', optional'}</span>${said}${below}</li>`;
  });
  return `<ul class="fields">${items.join('')}</ul>`;
}

/** The object that a schema is, or may be, or is a list of. */
function objectIn(schema: JsonSchema): JsonSchema {
  const inner = [schema.items, ...(schema.anyOf ?? [])].filter((one) => one !== undefined);
  if (schema.properties !== undefined || inner.length === 0) return schema;
  return inner.map(objectIn).find(({ properties }) => properties !== undefined) ?? schema;
}

function kind(schema: JsonSchema): string {
  const { type, anyOf, items, format } = schema;
  const values = schema['enum'] ?? (schema['const'] === undefined ? undefined : [schema['const']]);
  if (Array.isArray(values)) return values.map((value) => JSON.stringify(value)).join(' | ');
  if (anyOf !== undefined) return [...new Set(anyOf.map(kind))].join(' | ');
  if (items !== undefined) return `list of ${kind(items)}`;
  const names = type === undefined ? 'anything' : [type].flat().join(' | ');
  return typeof format === 'string' ? `${names} (${format})` : names;
}

function codes(): string {
  const rows = Object.entries(PROBLEMS).map(
    ([code, { statusCode, more }]) =>
      `<tr><th scope="row"><code>${code}</code></th><td>${statusCode}</td><td>${text(more)}</td></tr>`,
  );
  return `<table>${rows.join('')}</table>`;
}

function badge(method: string): string {
  return `<b class="method ${method.toLowerCase()}">${method}</b>`;
}

function words(paragraphs: string): string {
  return paragraphs
    .split('\n\n')
    .map((one) => `<p>${inline(one)}</p>`)
    .join('\n');
}

/** Text with words of code in it, between backticks. */
function inline(written: string): string {
  return text(written).replace(/`([^`]+)`/g, '<code>$1</code>');
}

function text(written: string): string {
  const entities: Readonly<Record<string, string>> = {
    '&': '&amp;',
    '<': '&lt;',
    '>': '&gt;',
    '"': '&quot;',
  };
  return written.replace(/[&<>"]/g, (character) => entities[character] ?? '');
}

import type { Body, GatewayAnswer, GatewayClient } from './gateway/gateway-client.js';
import { type Output, printable } from './output.js';

/** What is shown, in this order, where the page says it. */
const FIELDS = [
  'title',
  'description',
  'url',
  'author',
  'publisher',
  'date',
  'lang',
  'image',
  'logo',
] as const;

const LABEL_WIDTH = 13;

/** Shows a page's preview. @throws as the gateway does */
export async function preview(
  gateway: GatewayClient,
  output: Output,
  { url, force }: { readonly url: string; readonly force: boolean },
  signal: AbortSignal,
): Promise<void> {
  const answer = await gateway.preview(url, force, signal);
  if (output.json) output.event(answer.body);
  else for (const line of linesOf(answer)) output.result(line);
}

function linesOf({ headers, body }: GatewayAnswer): readonly string[] {
  const data = (body['data'] ?? {}) as Body;
  const shown = FIELDS.flatMap((field) => {
    const value = textOf(data[field]);
    return value === undefined ? [] : [line(field, value)];
  });
  return [...shown, line('cache', headers.get('cache-status') ?? 'unknown')];
}

function line(label: string, value: string): string {
  return label.padEnd(LABEL_WIDTH) + printable(value);
}

/** A text, or the place of a picture. */
function textOf(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  const { url } = (value ?? {}) as { url?: unknown };
  return typeof url === 'string' ? url : undefined;
}

import { setImmediate as nextTurn } from 'node:timers/promises';
import { canonicalUrl, type ErrorCode, InvalidUrl, PreviewError, previewKey } from '#libs/preview';
import type { WarmOrder } from '#libs/store';

/** A URL of a list that can't name a page. */
export interface RejectedUrl {
  /** Its place in the list, from 0. */
  readonly index: number;
  readonly url: string;
  readonly code: ErrorCode;
  readonly message: string;
}

/** What a list of URLs comes to. */
export interface WarmList {
  /** One a page, in the order of the list. */
  readonly orders: readonly WarmOrder[];
  /** URLs of pages that the list had named before. */
  readonly duplicates: number;
  readonly rejected: readonly RejectedUrl[];
}

/** A list without a single page. */
export class NoPageNamed extends PreviewError {
  constructor({ message }: RejectedUrl) {
    super('EINVALURL', `None of the URLs can name a page. Of the first: ${message}`);
  }
}

/** URLs that are looked at in one go: some 5 ms, for which readers wait. */
const SLICE = 500;

/**
 * Sorts a list of URLs by the pages that they name. A long one is sorted bit by bit, and readers are answered in between.
 *
 * @throws {NoPageNamed}
 */
export async function warmList(urls: readonly string[]): Promise<WarmList> {
  const orders = new Map<string, WarmOrder>();
  const rejected: RejectedUrl[] = [];
  for (const [index, url] of urls.entries()) {
    if (index > 0 && index % SLICE === 0) await nextTurn();
    const order = orderOf(url);
    if (order instanceof InvalidUrl) rejected.push({ index, url, code: order.code, message: order.message });
    else orders.set(order.key, order);
  }
  if (orders.size === 0) throw new NoPageNamed(rejected[0]!);
  return {
    orders: [...orders.values()],
    duplicates: urls.length - rejected.length - orders.size,
    rejected,
  };
}

function orderOf(input: string): WarmOrder | InvalidUrl {
  try {
    const url = canonicalUrl(input);
    return { key: previewKey(url), url };
  } catch (error) {
    if (error instanceof InvalidUrl) return error;
    throw error;
  }
}

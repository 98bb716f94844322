/** As many pages as the API takes in one list, and less than it takes of bytes (16 MiB). */
const MOST_URLS = 10_000;
const MOST_BYTES = 8 * 1024 * 1024;

/** Cuts URLs into lists that fit into a request each. */
export async function* chunksOf(urls: AsyncIterable<string>): AsyncGenerator<readonly string[]> {
  let chunk: string[] = [];
  let bytes = 0;
  for await (const url of urls) {
    const length = Buffer.byteLength(JSON.stringify(url)) + 1;
    if (chunk.length === MOST_URLS || (chunk.length > 0 && bytes + length > MOST_BYTES)) {
      yield chunk;
      [chunk, bytes] = [[], 0];
    }
    chunk.push(url);
    bytes += length;
  }
  if (chunk.length > 0) yield chunk;
}

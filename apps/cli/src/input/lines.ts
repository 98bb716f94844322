/** More characters than any URL of a gateway has. */
const LONGEST_LINE = 64 * 1024;

/** An input that can't be read as what it should be. */
export class UnreadableInput extends Error {}

/** Lines of a text that comes in pieces, without their ends. @throws {UnreadableInput} at one without an end */
export async function* linesOf(pieces: AsyncIterable<string>): AsyncGenerator<string> {
  let rest = '';
  for await (const piece of pieces) {
    const lines = (rest + piece).split('\n');
    rest = lines.pop()!;
    if (rest.length > LONGEST_LINE)
      throw new UnreadableInput(`A line is longer than ${LONGEST_LINE} characters: this is no list of URLs.`);
    for (const line of lines) yield line.endsWith('\r') ? line.slice(0, -1) : line;
  }
  if (rest !== '') yield rest;
}

/** The URLs of a list, a line each. Empty lines, and those that begin with `#`, are for people. */
export async function* listedUrls(pieces: AsyncIterable<string>): AsyncGenerator<string> {
  for await (const line of linesOf(pieces)) {
    const url = line.trim();
    if (url !== '' && !url.startsWith('#')) yield url;
  }
}

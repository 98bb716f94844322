import { validateHeaderName, validateHeaderValue } from 'node:http';

/** Headers as they stand in a head, each with the end of its line. */
export type HeaderText = string;

/**
 * Writes headers down once that go out many times.
 *
 * @throws {TypeError} where a name or a value isn't one: nobody checks the text again
 */
export function headerText(headers: Readonly<Record<string, string>>): HeaderText {
  const parts: string[] = [];
  for (const name in headers) {
    const value = headers[name]!;
    validateHeaderName(name);
    validateHeaderValue(name, value);
    parts.push(name, ': ', value, '\r\n');
  }
  return parts.join(''); // one piece; what is added up stays many, which each answer would gather again
}

/** Names and values in turns, as Node takes them. */
export function headerList(text: HeaderText): string[] {
  return text
    .split('\r\n')
    .slice(0, -1)
    .flatMap((line) => {
      const end = line.indexOf(': ');
      return [line.slice(0, end), line.slice(end + 2)];
    });
}

/** What the command line writes on: standard output is for results, standard error for how it goes. */
export interface Output {
  /** One JSON a line instead of words. */
  readonly json: boolean;
  result(line: string): void;
  event(event: Readonly<Record<string, unknown>>): void;
  complain(line: string): void;
}

/** For terminals: a page's title, or a line of a file, must not move the cursor. */
export function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}]+/gu, ' ');
}

export function processOutput(json: boolean): Output {
  return {
    json,
    result: (line) => void process.stdout.write(`${line}\n`),
    event: (event) => void process.stdout.write(`${JSON.stringify(event)}\n`),
    complain: (line) => void process.stderr.write(`${line}\n`),
  };
}

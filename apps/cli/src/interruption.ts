/** Somebody wants this to end, with an exit code that says so. */
export class Interrupted extends Error {
  constructor(readonly exitCode: number) {
    super('Interrupted.');
  }
}

/** Exit codes of a process that a signal ends: 128 and its number. */
const EXIT_CODES = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;
const EXIT_PIPE = 141;

/**
 * The first Ctrl-C lets what is under way end where that matters; the second ends at once. So do SIGTERM, and a standard output that nobody reads any more.
 *
 * @returns aborted with {Interrupted}
 */
export function interruption(): AbortSignal {
  const controller = new AbortController();
  const end = (exitCode: number) => {
    if (controller.signal.aborted) process.exit(exitCode);
    controller.abort(new Interrupted(exitCode));
  };
  for (const [name, exitCode] of Object.entries(EXIT_CODES)) process.on(name, () => end(exitCode));
  process.stdout.on('error', () => end(EXIT_PIPE)); // warmlink … | head
  return controller.signal;
}

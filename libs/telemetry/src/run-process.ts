/**
 * Runs a process's `main` and, when it can't come up, says why in a sentence and ends with status 1. A stack is shown only for
 * errors that nobody foresaw: a taken port or a wrong setting is for the person at the terminal, not for a programmer.
 */
export async function runProcess(main: () => Promise<void>): Promise<void> {
  try {
    await main();
  } catch (error) {
    console.error(explain(error));
    process.exit(1);
  }
}

function explain(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  if (error.name === 'InvalidSettings') return error.message;
  if ('code' in error && error.code === 'EADDRINUSE' && 'address' in error && 'port' in error) {
    return `${String(error.address)}:${String(error.port)} is taken: another process listens there.`;
  }
  return error;
}

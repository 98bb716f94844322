import { createServer } from 'node:net';

/** Ports that were given: until whoever asked listens there, the system would give them again. */
const given = new Set<number>();

/** A TCP port of 127.0.0.1 that nobody listens on right now, another one each time. */
export async function freePort(): Promise<number> {
  for (;;) {
    const result = await tryListen(0, '127.0.0.1');
    if (typeof result !== 'number') throw new Error(`No free port on 127.0.0.1 (${result.code}).`);
    if (given.has(result)) continue;
    given.add(result);
    return result;
  }
}

/** The system's code for why one can't listen there, such as `EADDRINUSE`; undefined if one can. */
export async function whyNotListen(port: number, host: string): Promise<string | undefined> {
  if (port === 0) return undefined;
  const result = await tryListen(port, host);
  return typeof result === 'number' ? undefined : result.code;
}

function tryListen(port: number, host: string): Promise<number | { code: string }> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => resolve({ code: error.code ?? error.message }));
    server.listen(port, host, () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : port));
    });
  });
}

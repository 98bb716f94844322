import { once } from 'node:events';
import { connect, isIP, type LookupFunction, type Socket } from 'node:net';

/** Where a connection is to go. Its addresses were judged; nobody looks the name up again. */
export interface DialTarget {
  readonly hostname: string;
  readonly addresses: readonly string[];
  readonly port: number;
}

/** Opens a TCP connection to one of a target's addresses. */
export type Dial = (target: DialTarget, signal: AbortSignal) => Promise<Socket>;

/** From this machine; several addresses are tried as RFC 8305 has it (happy eyeballs). */
export const dialDirectly: Dial = async ({ hostname, addresses, port }, signal) => {
  const socket = connect({ host: hostname, port, lookup: pinnedTo(addresses), autoSelectFamily: true });
  try {
    await once(socket, 'connect', { signal });
    return socket;
  } catch (error) {
    socket.on('error', () => undefined).destroy();
    throw error;
  }
};

/** A look-up that knows the answer. */
function pinnedTo(addresses: readonly string[]): LookupFunction {
  const answers = addresses.map((address) => ({ address, family: isIP(address) }));
  return (_hostname, options, callback) => {
    const [first] = answers;
    if (options.all === true || first === undefined) callback(null, answers);
    else callback(null, first.address, first.family);
  };
}

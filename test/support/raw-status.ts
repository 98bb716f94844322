import { connect } from 'node:net';
import type { Gateway } from './stack.js';

/** The path and the headers as written: fetch would tidy them up. */
export function rawStatus(
  gateway: Gateway,
  method: string,
  path: string,
  headers = 'content-length: 0\r\n',
): Promise<number> {
  const { hostname, port } = new URL(gateway.url);
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), hostname, () => {
      socket.write(
        `${method} ${path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-type: application/json\r\n${headers}\r\n`,
      );
    });
    socket.once('data', (data) => {
      resolve(Number(/^HTTP\/1\.1 (\d+)/.exec(data.toString())?.[1]));
      socket.destroy();
    });
    socket.once('error', reject);
  });
}

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { findOrInstall } from '../../../apps/local/src/apt-install.js';
import { freePort } from '../../../apps/local/src/free-port.js';
import { ManagedProcess } from '../../../apps/local/src/managed-process.js';

/** What we ship for whoever puts nginx in front; here with ports of this machine. */
const CONFIGURATION = 'deploy/nginx/warmlink.conf';

export interface Balancer {
  readonly process: ManagedProcess;
  readonly url: string;
}

/** @param folder of its own, for what nginx writes */
export async function startBalancer(folder: string, gatewayPorts: readonly number[]): Promise<Balancer> {
  const command = findOrInstall(
    { names: ['nginx'], debianPackage: 'nginx-light', service: 'nginx' },
    console.error,
  );
  if (command === undefined) throw new Error('This needs nginx. Type: sudo apt-get install nginx-light');
  const port = await freePort();
  mkdirSync(folder, { recursive: true });
  const file = join(folder, 'nginx.conf');
  writeFileSync(file, wholeConfiguration(folder, port, gatewayPorts));
  const process = new ManagedProcess({
    name: 'nginx',
    command,
    args: ['-e', 'stderr', '-p', folder, '-c', file],
    onLine: (line) => {
      if (/\[(crit|alert|emerg)\]|no live upstreams/.test(line)) console.error(`nginx | ${line}`);
    },
  });
  await process.waitForLine(/start worker process \d/);
  return { process, url: `http://127.0.0.1:${port}` };
}

function wholeConfiguration(folder: string, port: number, gatewayPorts: readonly number[]): string {
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (user) => `  ${user}_temp_path ${join(folder, user)};`,
  );
  const shipped = readFileSync(CONFIGURATION, 'utf8')
    .replace(
      /gateway-(\d):3000/g,
      (_match, number: string) => `127.0.0.1:${gatewayPorts[Number(number) - 1]}`,
    )
    .replace('listen 80;', `listen 127.0.0.1:${port};`);
  return `daemon off;
worker_processes 2;
pid ${join(folder, 'nginx.pid')};
error_log stderr notice;
events { worker_connections 4096; }
http {
${temporary.join('\n')}
  access_log off;
${shipped}
}
`;
}

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePort } from '../../apps/local/src/free-port.js';
import { ManagedProcess } from '../../apps/local/src/managed-process.js';
import { installedProgram } from './installed-program.js';
import type { App, Gateway } from './stack.js';
import { lane, uniqueName } from './test-servers.js';

/** Which one, and where it matters how it is set. */
export type FrontCacheName = 'Varnish' | 'Varnish that does gzip itself' | 'nginx' | 'nginx that revalidates';

/** A cache of another project in front of a gateway. What it made of a request it says in `X-Front`: MISS, HIT or STALE, and nginx more. */
export interface FrontCache extends App {
  readonly url: string;
}

/** Starts one with an empty cache; the program is installed first where it is missing and we may. */
export async function startFrontCache(name: FrontCacheName, gateway: Gateway): Promise<FrontCache> {
  const { command, prepare, ready } = FRONTS[name]();
  const port = await freePort();
  const folder = join(lane.folder, uniqueName('front'));
  mkdirSync(folder);
  const log: string[] = [];
  const process = new ManagedProcess({
    name,
    command,
    args: prepare({ folder, port, gateway: new URL(gateway.url) }),
    onLine: (line) => log.push(line),
  });
  await process.waitForLine(ready);
  return { process, log, url: `http://127.0.0.1:${port}` };
}

interface Place {
  readonly folder: string;
  readonly port: number;
  readonly gateway: URL;
}

interface Front {
  readonly command: string;
  /** Writes its configuration, and gives the arguments that go with it. */
  readonly prepare: (place: Place) => string[];
  /** What it says when it listens. */
  readonly ready: RegExp;
}

const FRONTS: Readonly<Record<FrontCacheName, () => Front>> = {
  // As it comes it asks for nothing but gzip and unpacks that for whoever can't, and Vary would never be put to the test.
  Varnish: () => varnish('off'),
  'Varnish that does gzip itself': () => varnish('on'),
  // A 304 from behind renews the life of its copy and nothing else: Age stays what it was when the copy was stored.
  nginx: () => nginx('off'),
  'nginx that revalidates': () => nginx('on'),
};

type Switch = 'on' | 'off';

function varnish(gzip: Switch): Front {
  return {
    command: installedProgram({ names: ['varnishd'], debianPackage: 'varnish', service: 'varnish' }),
    prepare: (place) => prepareVarnish(place, gzip),
    ready: /said Child starts/,
  };
}

function nginx(revalidate: Switch): Front {
  return {
    command: installedProgram({ names: ['nginx'], debianPackage: 'nginx-light', service: 'nginx' }),
    prepare: (place) => prepareNginx(place, revalidate),
    ready: /start worker process \d/,
  };
}

/** Varnish by its built-in rules: it reads s-maxage, stale-while-revalidate (its grace), Age and Vary itself. */
function prepareVarnish({ folder, port, gateway }: Place, gzip: Switch): string[] {
  const file = join(folder, 'front.vcl');
  writeFileSync(
    file,
    `vcl 4.1;
backend gateway { .host = "${gateway.hostname}"; .port = "${gateway.port}"; }
sub vcl_deliver {
  if (obj.hits == 0) { set resp.http.X-Front = "MISS"; }
  elsif (obj.ttl < 0s) { set resp.http.X-Front = "STALE"; }
  else { set resp.http.X-Front = "HIT"; }
}
`,
  );
  const parameters = {
    http_gzip_support: gzip,
    default_grace: '0', // so that only our stale-while-revalidate gives any
  };
  const options = {
    '-j': 'none', // as whoever runs the tests
    '-T': 'none', // no port for commands
    '-n': join(folder, 'run'),
    '-a': `127.0.0.1:${port}`,
    '-f': file,
    '-s': 'malloc,16m',
    '-l': '8m',
  };
  return [
    '-F',
    ...Object.entries(options).flat(),
    ...Object.entries(parameters).flatMap(([name, value]) => ['-p', `${name}=${value}`]),
  ];
}

/**
 * nginx by what the answers say: X-Accel-Expires, stale-while-revalidate and Vary. It has no `proxy_cache_use_stale`, which would serve
 * old copies whatever they say, and a lifetime of its own for all that doesn't forbid it.
 */
function prepareNginx({ folder, port, gateway }: Place, revalidate: Switch): string[] {
  const file = join(folder, 'nginx.conf');
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (user) => `  ${user}_temp_path ${join(folder, user)};`,
  );
  writeFileSync(
    file,
    `daemon off;
worker_processes 1;
pid ${join(folder, 'nginx.pid')};
error_log stderr notice;
events {}
http {
${temporary.join('\n')}
  access_log off;
  proxy_cache_path ${join(folder, 'cache')} keys_zone=previews:1m;
  server {
    listen 127.0.0.1:${port};
    location / {
      proxy_pass ${gateway.origin};
      proxy_cache previews;
      proxy_cache_lock on;
      proxy_cache_background_update on;
      proxy_cache_revalidate ${revalidate};
      proxy_cache_valid any 10m;
      add_header X-Front $upstream_cache_status always;
    }
  }
}
`,
  );
  return ['-e', 'stderr', '-p', folder, '-c', file];
}

import { execFileSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { lane } from './test-servers.js';

/** For installing the packages first, in ms. */
export const INSTALL_MS = 300_000;

/** The packages of `test/clients/package.json`: what other people run against us, and no dependency of ours. */
export interface ClientPackages {
  /** A package as a module that imports it gets it. */
  load(name: string): Promise<unknown>;
  /** A package as a CommonJS module gets it, which may be another file. */
  require(name: string): unknown;
  /** A script for browsers, made of a module that may import the packages. */
  bundle(source: string): Promise<string>;
}

/** Installs them, once a lane and away from the project. */
export async function clientPackages(): Promise<ClientPackages> {
  const folder = join(lane.folder, 'clients');
  // npm writes its own lockfile last: without it an installation broke off.
  if (!existsSync(join(folder, 'node_modules/.package-lock.json'))) install(folder);
  const entry = join(folder, 'load.mjs');
  const { load } = (await import(pathToFileURL(entry).href)) as Pick<ClientPackages, 'load'>;
  const require = createRequire(entry);
  return {
    load,
    require: (name) => require(name) as unknown,
    async bundle(source) {
      const esbuild = require('esbuild') as Esbuild;
      const { outputFiles } = await esbuild.build({
        stdin: { contents: source, resolveDir: folder },
        bundle: true,
        write: false,
        format: 'iife',
        // React in development: it says more, and does everything twice that it might have to.
        define: { 'process.env.NODE_ENV': '"development"' },
        logLevel: 'silent',
      });
      return outputFiles[0]!.text;
    },
  };
}

/** What we use of it. */
interface Esbuild {
  build(options: object): Promise<{ readonly outputFiles: readonly { readonly text: string }[] }>;
}

function install(folder: string): void {
  mkdirSync(folder, { recursive: true });
  copyFileSync(join(process.cwd(), 'test/clients/package.json'), join(folder, 'package.json'));
  writeFileSync(join(folder, 'load.mjs'), 'export const load = (name) => import(name);\n');
  // A client that names a newer Node than ours is tried all the same.
  const options = [
    '--no-audit',
    '--no-fund',
    '--ignore-scripts',
    '--engine-strict=false',
    '--loglevel=error',
  ];
  try {
    execFileSync('npm', ['install', ...options], { cwd: folder, stdio: 'pipe', timeout: INSTALL_MS });
  } catch (error) {
    throw new Error(
      'This spec needs the packages of test/clients/package.json, and npm can not install them.',
      {
        cause: error,
      },
    );
  }
}

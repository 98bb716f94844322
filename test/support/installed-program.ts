import { findOrInstall, type Program } from '../../apps/local/src/apt-install.js';

/** Where a program is that a spec can't do without; it is installed first where it is missing and we may. */
export function installedProgram(program: Program): string {
  const path = findOrInstall(program, (line) => process.stdout.write(`${line}\n`));
  if (path !== undefined) return path;
  throw new Error(
    `This spec needs ${program.names[0]} on PATH. Type: sudo apt-get install ${program.debianPackage}`,
  );
}

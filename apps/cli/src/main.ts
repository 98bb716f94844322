#!/usr/bin/env node
import { InvalidSettings, readSettings } from '#libs/settings';
import { cliEnv, cliEnvironment } from './cli.env.js';
import { type CommandLine, readCommandLine } from './command-line.js';
import { GatewayClient } from './gateway/gateway-client.js';
import { GatewayAway, GatewayRefused } from './gateway/gateway-failure.js';
import { Interrupted, interruption } from './interruption.js';
import { type Output, printable, processOutput } from './output.js';
import { preview } from './preview.js';
import { purge } from './purge.js';
import { refresh } from './refresh.js';
import { USAGE, UsageError } from './usage.js';
import { warm } from './warm/warm.js';

const EXIT_FAILED = 1;
const EXIT_USAGE = 2;

const interrupted = interruption();
process.exitCode = await main(process.argv.slice(2));
process.stdin.destroy(); // else a pipe that is still open keeps this here

/** @returns the exit code */
async function main(args: readonly string[]): Promise<number> {
  let output = processOutput(args.includes('--json')); // also for what is wrong with the rest
  try {
    const line = readCommandLine(args);
    output = processOutput(line.json);
    return (await run(line, output)) ? 0 : EXIT_FAILED;
  } catch (error) {
    if (interrupted.reason instanceof Interrupted) return interrupted.reason.exitCode;
    tell(error, output);
    return error instanceof UsageError || error instanceof InvalidSettings ? EXIT_USAGE : EXIT_FAILED;
  }
}

/** @returns whether all went well */
async function run({ command, key }: CommandLine, output: Output): Promise<boolean> {
  if (command.name === 'help') {
    output.result(USAGE);
    return true;
  }
  const env = readSettings(cliEnv, cliEnvironment(process.env));
  const gateway = new GatewayClient(env.WARMLINK_URL, key ?? env.WARMLINK_KEY);
  switch (command.name) {
    case 'preview':
      await preview(gateway, output, command, interrupted);
      return true;
    case 'warm':
      return warm(gateway, output, command, interrupted);
    case 'refresh':
      return refresh(gateway, output, command.target, interrupted);
    case 'purge':
      await purge(gateway, output, command.target, interrupted);
      return true;
  }
}

function tell(error: unknown, output: Output): void {
  const isForeseen =
    error instanceof UsageError ||
    error instanceof InvalidSettings ||
    error instanceof GatewayRefused ||
    error instanceof GatewayAway;
  const { message } = error instanceof Error ? error : { message: String(error) };
  output.complain(isForeseen ? message : printable(message));
  if (!output.json) return;
  output.event(
    error instanceof GatewayRefused && error.body !== undefined
      ? (error.body as Readonly<Record<string, unknown>>)
      : { event: 'error', message },
  );
}

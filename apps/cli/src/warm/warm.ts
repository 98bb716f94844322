import type { WarmCommand } from '../command-line.js';
import type { GatewayClient } from '../gateway/gateway-client.js';
import { UrlInput } from '../input/url-input.js';
import { Interrupted } from '../interruption.js';
import type { Output } from '../output.js';
import { ProgressDisplay } from '../progress/progress-display.js';
import { UsageError } from '../usage.js';
import { WarmRun } from './warm-run.js';
import { WarmState } from './warm-state.js';

/** @returns whether all of it went well @throws {UsageError} {Interrupted}, and as the gateway and the input do */
export async function warm(
  gateway: GatewayClient,
  output: Output,
  { input: name, at, detach, stateFile, restart }: WarmCommand,
  interruption: AbortSignal,
): Promise<boolean> {
  const input = new UrlInput(name);
  const file = stateFile ?? (input.isFile ? `${name}.warmlink.json` : undefined);
  const state = WarmState.open({ gateway: gateway.url, at: at ?? null }, file, restart);
  if (state.isResumed) output.complain(`Going on after ${state.taken} URLs (${file}).`);
  const display = new ProgressDisplay(process.stderr, process.env);
  try {
    return await new WarmRun(gateway, input, state, output, display, { at, detach }, interruption).run();
  } catch (error) {
    display.clear();
    if (!(error instanceof UsageError)) output.complain(wayOn(state, file));
    if (interruption.reason instanceof Interrupted && output.json)
      output.event({ event: 'interrupted', urls: state.taken, state: file ?? null });
    throw error;
  }
}

function wayOn({ taken }: WarmState, file: string | undefined): string {
  if (taken === 0) return 'Nothing was ordered.';
  return file === undefined
    ? `${taken} URLs were ordered, and are being warmed. To go on later, this input needs --state FILE.`
    : `${taken} URLs were ordered, and are being warmed. The same command goes on from there (${file}).`;
}

import type { Target } from './command-line.js';
import type { GatewayClient } from './gateway/gateway-client.js';
import { nothingStored } from './nothing-stored.js';
import type { Output } from './output.js';

/** @throws as the gateway does; to ask again is safe */
export async function purge(
  gateway: GatewayClient,
  output: Output,
  target: Target,
  signal: AbortSignal,
): Promise<void> {
  const purged = await gateway.purge({ ...target }, signal);
  if (output.json) output.event({ event: 'purged', ...target, purged });
  else output.result(`${purged} purged`);
  if (purged === 0) output.complain(nothingStored(target));
}

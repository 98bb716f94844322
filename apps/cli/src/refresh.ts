import { setTimeout as pause } from 'node:timers/promises';
import type { Target } from './command-line.js';
import type { Batch, GatewayClient } from './gateway/gateway-client.js';
import { withPatience } from './gateway/with-patience.js';
import { Interrupted } from './interruption.js';
import { nothingStored } from './nothing-stored.js';
import { type Output, printable } from './output.js';
import { preview } from './preview.js';
import { lookPauseMs } from './progress/look-pause.js';
import { ProgressDisplay } from './progress/progress-display.js';

/**
 * Has a page visited now, and shows what it says; or has all that is stored of a host, or has a tag, visited again, and follows what comes of it.
 *
 * @returns whether all of it went well @throws as the gateway does; to ask again is safe
 */
export async function refresh(
  gateway: GatewayClient,
  output: Output,
  target: Target,
  interruption: AbortSignal,
): Promise<boolean> {
  if ('url' in target) {
    await preview(gateway, output, { url: target.url, force: true }, interruption);
    return true;
  }
  const display = new ProgressDisplay(process.stderr, process.env);
  const patience = {
    onPause: (pauseMs: number, { message }: Error) => {
      display.clear();
      output.complain(`${printable(message)} Trying again in ${Math.ceil(pauseMs / 1_000)} s.`);
    },
  };
  const { id } = await gateway.orderRefreshes(target, interruption);
  if (output.json) output.event({ event: 'ordered', batch: id, ...target });
  const startedAt = performance.now();
  try {
    for (;;) {
      const batch = await withPatience(() => gateway.batch(id, interruption), interruption, patience);
      display.show(progressOf(batch));
      if (batch.state === 'completed') {
        display.clear();
        if (batch.total === 0) output.complain(nothingStored(target));
        return summarise(output, id, batch);
      }
      await pause(lookPauseMs(startedAt), undefined, { signal: interruption });
    }
  } catch (error) {
    display.clear();
    if (interruption.reason instanceof Interrupted) output.complain(`The refresh goes on (batch ${id}).`);
    throw error;
  }
}

function progressOf({ total, listed, outcomes }: Batch) {
  const done = settledOf(outcomes);
  return { done, failed: done - (outcomes['success'] ?? 0), total, isTotalKnown: listed };
}

function summarise(output: Output, batch: string, { total, outcomes }: Batch): boolean {
  if (output.json) output.event({ event: 'completed', batch, outcomes });
  else
    output.result(
      [`${total} pages`, ...Object.entries(outcomes).map(([outcome, pages]) => `${pages} ${outcome}`)].join(
        ', ',
      ),
    );
  return settledOf(outcomes) === (outcomes['success'] ?? 0);
}

function settledOf(outcomes: Batch['outcomes']): number {
  return Object.values(outcomes).reduce((sum, pages) => sum + pages, 0);
}

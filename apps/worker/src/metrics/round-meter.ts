import { Injectable } from '@nestjs/common';
import { type Histogram, Metrics, SECONDS } from '#libs/telemetry';
import type { RoundEnd } from '../warming/warm-loop.js';

/** Counts the rounds of the warm loop: in a fleet, one worker makes them. */
@Injectable()
export class RoundMeter {
  private readonly rounds: Histogram<'end'>;

  constructor(metrics: Metrics) {
    this.rounds = metrics.histogram(
      'warmlink_warm_round_duration_seconds',
      'Rounds of the warm loop, by how they ended; only the worker whose turn it is makes them.',
      SECONDS,
      'end',
    );
    for (const end of ['done', 'failed'] as const) this.rounds.with({ end });
  }

  ended(end: RoundEnd, ms: number): void {
    this.rounds.with({ end }).observe(ms / 1_000);
  }
}

import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { type TotalStep, totalsSince } from './minute-totals.js';

/** What the forecast has learned, and when that was stored (ms since the epoch); nulls before it learned anything. */
export interface LearnedForecast {
  readonly learned: unknown;
  readonly savedAt: number | null;
}

/** What operators are shown of the warm loop. */
@Injectable()
export class WarmInsight {
  constructor(private readonly dataSource: DataSource) {}

  async forecast(): Promise<LearnedForecast> {
    const [row] = await this.dataSource.query(`SELECT learned, saved_at FROM forecast_model`);
    return { learned: row?.learned ?? null, savedAt: row?.saved_at?.getTime() ?? null };
  }

  /**
   * Totals by name since a time (ms since the epoch), in steps of so many ms.
   *
   * @param limitMs Postgres gives up after it
   */
  async totals(since: number, stepMs: number, limitMs: number): Promise<readonly TotalStep[]> {
    return totalsSince(this.dataSource, since, stepMs, limitMs);
  }
}

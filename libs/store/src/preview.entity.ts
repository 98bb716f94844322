import { Column, Entity, Index, PrimaryColumn, type ValueTransformer } from 'typeorm';
import type { LinkPreview, PreviewFacets, ScrapeMemory, ScrapeOutcome, VisitReason } from '#libs/preview';

/** Postgres keeps the time with its zone; code counts milliseconds since the epoch. */
const epochMs: ValueTransformer = {
  from: (date: Date) => date.getTime(),
  to: (ms: number) => new Date(ms),
};

/** `pg` hands out a bigint as text; versions stay far below 2^53. */
const safeInteger: ValueTransformer = { from: Number, to: (value: number) => value };

/** One preview as a row. It never leaves this library: callers speak PreviewEntry. */
@Entity('preview')
@Index('preview_host_key', ['host', 'key'])
export class PreviewRow {
  @PrimaryColumn('uuid')
  key!: string;

  @Column('bigint', { transformer: safeInteger })
  version!: number;

  @Column('text')
  url!: string;

  @Column('text')
  host!: string;

  @Column('text', { name: 'fetch_url' })
  fetchUrl!: string;

  @Column('jsonb', { nullable: true })
  preview!: LinkPreview | null;

  @Column('jsonb')
  outcome!: ScrapeOutcome;

  @Column('jsonb', { default: {} })
  facets!: PreviewFacets;

  @Index('preview_tags', { synchronize: false }) // a GIN index, which the decorator can't say
  @Column('text', { array: true, default: [] })
  tags!: string[];

  /** For the worker alone; a reader's query leaves it out. */
  @Column('jsonb', { nullable: true, select: false })
  memory!: ScrapeMemory | null;

  @Column('text', { name: 'fetched_for', default: 'scrape' })
  fetchedFor!: VisitReason;

  @Column('timestamptz', { name: 'fetched_at', transformer: epochMs })
  fetchedAt!: number;

  @Column('timestamptz', { name: 'fresh_until', transformer: epochMs })
  freshUntil!: number;

  @Column('timestamptz', { name: 'stale_until', transformer: epochMs })
  staleUntil!: number;
}

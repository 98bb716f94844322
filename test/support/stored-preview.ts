import { DataSource } from 'typeorm';
import { NO_MEMORY, type PreviewEntry } from '#libs/preview';
import {
  dataSourceOptions,
  type PlanDecision,
  PreviewStoreWriter,
  type ScrapeEnd,
  type Visit,
} from '#libs/store';
import { anEntry } from './builders.js';

/** Stores a preview as the visit does that fetched it, and so plans its expiry; say only what matters. */
export async function aStoredPreview(
  dataSource: DataSource,
  given: Parameters<typeof anEntry>[0],
  { refetchCost = 1, ...visit }: Partial<Visit & Pick<ScrapeEnd, 'refetchCost'>> = {},
): Promise<PreviewEntry> {
  const { version: _version, ...entry } = anEntry(given);
  const writer = new PreviewStoreWriter(dataSource);
  const end: ScrapeEnd = {
    entry,
    memory: NO_MEMORY,
    hostWeights: undefined,
    visit: { reason: 'scrape', work: 'page', at: entry.fetchedAt, ...visit },
    refetchCost,
  };
  const saved = await writer.save(end, await writer.begin(entry.key, entry.url));
  if (saved.kind !== 'saved') throw new Error(`a preview that a test needs was not stored: ${saved.kind}`);
  return saved.entry;
}

/** To renew this copy when it expires. */
export function aWarmDecision(
  { key, version, fetchedAt, freshUntil }: Pick<PreviewEntry, 'key' | 'version' | 'fetchedAt' | 'freshUntil'>,
  score = 1,
): PlanDecision {
  const until = 2 * freshUntil - fetchedAt;
  return {
    key,
    version,
    warm: { probability: 0.5, score },
    period: { from: freshUntil, until, warmed: true, kind: 'expiry' },
    moment: undefined,
  };
}

/** Stores what no visit does, a success without a preview: reading it is a fault of our own. */
export async function aContradiction(databaseUrl: string, at: string): Promise<void> {
  const now = Date.now();
  const later = now + 3_600_000;
  const dataSource = await new DataSource(dataSourceOptions(databaseUrl, 1)).initialize();
  try {
    await aStoredPreview(dataSource, {
      at,
      preview: null,
      fetchedAt: now,
      freshUntil: later,
      staleUntil: later,
    });
  } finally {
    await dataSource.destroy();
  }
}

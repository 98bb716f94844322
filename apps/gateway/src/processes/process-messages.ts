import type { MetricsSnapshot } from '#libs/telemetry';

/** What a process that serves tells the one that started it. */
export type FromServing =
  | { readonly kind: 'ready'; readonly url: string }
  /** Asks for the metrics of all that serve. */
  | { readonly kind: 'metrics-wanted'; readonly id: number }
  | { readonly kind: 'metrics'; readonly id: number; readonly snapshot: MetricsSnapshot };

/** What it is told by that one. */
export type ToServing =
  | { readonly kind: 'metrics-asked'; readonly id: number }
  | { readonly kind: 'metrics-of-all'; readonly id: number; readonly snapshots: readonly MetricsSnapshot[] };

import { z } from 'zod';

/** Ids of jobs and of batches; neither Redis nor Postgres is asked for anything else. */
export const progressId = z.uuid();

/** What an EventSource says when it comes back; anything that is no id of ours is as good as none. */
export const lastEventId = z
  .string()
  .regex(/^[\w-]{1,64}$/)
  .optional()
  .catch(undefined);

const time = z.iso.datetime();

/** A job as callers see it. */
export const jobShape = z.object({
  id: z.string(),
  kind: z.literal('job'),
  name: z.enum(['scrape', 'refresh', 'warm']).describe('What it was begun for.'),
  url: z.string(),
  state: z
    .enum(['waiting', 'running', 'delayed', 'completed', 'failed'])
    .describe('`delayed`: it sits out a pause, or until its host has room.'),
  outcome: z
    .string()
    .nullable()
    .describe('`success`, or the code of what went wrong; null until it has ended.'),
  reason: z.string().nullable(),
  work: z
    .enum(['scraped', 'not-modified', 'already-stored', 'backed-off', 'disallowed'])
    .nullable()
    .describe('What it came to.'),
  version: z.number().nullable().describe('Of the preview that is stored since.'),
  attempts: z.int().describe('How often it was begun.'),
  createdAt: time.nullable(),
  startedAt: time.nullable(),
  finishedAt: time.nullable(),
});

export type JobShape = z.output<typeof jobShape>;

/** A batch as callers see it. */
export const batchShape = z.object({
  id: z.string(),
  kind: z.literal('batch'),
  reason: z.enum(['warm', 'refresh']).describe('What was ordered.'),
  state: z.enum(['waiting', 'running', 'completed']),
  at: time.describe('By when its pages are to be warm.'),
  createdAt: time,
  total: z.int().describe('Pages that are known to be of it.'),
  listed: z.boolean().describe('Whether all of its pages are known.'),
  done: z.int(),
  running: z.int(),
  progress: z.number().min(0).max(1).describe('0 until all pages are known.'),
  outcomes: z
    .record(z.string(), z.int())
    .describe('Pages by outcome: `success`, or the code of what went wrong.'),
});

export type BatchShape = z.output<typeof batchShape>;

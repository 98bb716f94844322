import { SetMetadata } from '@nestjs/common';
import type { z } from 'zod';
import type { ErrorCode } from '#libs/preview';

/** The parts that the reference has, in its order. */
export const GROUPS = ['Previews', 'Warming', 'Jobs', 'Insight', 'Keys', 'Operation'] as const;
export type Group = (typeof GROUPS)[number];

/** What a caller sends beside the method and his key. */
export interface ExampleRequest {
  readonly path?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

/** A request that succeeds. */
export interface Example extends ExampleRequest {
  readonly summary: string;
  readonly status: number;
  /** What is answered to it: a value, or the text of what isn't JSON. */
  readonly answer: unknown;
  /** Default: that of the first answer with this status. */
  readonly mediaType?: string;
}

/** A request that doesn't. */
export interface Failure extends ExampleRequest {
  readonly when: string;
  /** What the caller is told. */
  readonly message: string;
  /** What `data` holds; default: nothing. */
  readonly data?: unknown;
}

/** An answer that isn't a failure. */
export interface Answer {
  readonly status: number;
  readonly what: string;
  /** Default: JSON. */
  readonly mediaType?: string;
  readonly schema: z.ZodType;
  /** Headers that it always has beside those of every answer. */
  readonly headers?: readonly string[];
}

/**
 * What a route says of itself beside what it declares to Nest: method, path, role and the schemas of what it takes are read from there, and what may go
 * wrong because of these is added.
 */
export interface RouteDescription {
  /** What generated clients call it. */
  readonly id: string;
  readonly group: Group;
  readonly summary: string;
  readonly details?: string;
  /** What the names in its path stand for. */
  readonly path?: Readonly<Record<string, string>>;
  readonly answers: readonly Answer[];
  readonly examples: Readonly<Record<string, Example>>;
  readonly failures?: Readonly<Partial<Record<ErrorCode, Failure>>>;
}

export const DESCRIPTION = 'warmlink:route-description';

/** Puts a route into the reference. */
export const DescribedBy = (description: RouteDescription) => SetMetadata(DESCRIPTION, description);

/** The site that all examples are about. */
export const EXAMPLE_SITE = 'https://kettle.example';

/** The id in all examples. */
export const EXAMPLE_ID = '0b9d2a52-7f0e-4c35-9a51-3f6b1f1f8c11';

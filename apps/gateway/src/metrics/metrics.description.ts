import { z } from 'zod';
import { METRICS_TYPE } from '#libs/telemetry';
import type { RouteDescription } from '../openapi/route-description.js';

export const metricsDescription: RouteDescription = {
  id: 'metrics',
  group: 'Operation',
  summary: 'What this gateway counts and measures, for Prometheus',
  details: 'Prometheus can send the key in `Authorization`, as a bearer or as the password of a log-in.',
  answers: [{ status: 200, what: 'Its text format.', mediaType: METRICS_TYPE, schema: z.string() }],
  examples: { metrics: { summary: 'Its beginning', status: 200, answer: '# HELP …' } },
};

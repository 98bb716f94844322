import { z } from 'zod';
import type { RouteDescription } from './route-description.js';

export const documentDescription: RouteDescription = {
  id: 'openApiDocument',
  group: 'Operation',
  summary: 'This reference for programs',
  answers: [
    {
      status: 200,
      what: 'An OpenAPI document.',
      schema: z.looseObject({ openapi: z.string(), info: z.looseObject({}), paths: z.looseObject({}) }),
    },
  ],
  examples: {
    document: {
      summary: 'Its beginning',
      status: 200,
      answer: { openapi: '3.1.0', info: { title: 'Warmlink', version: '1' }, paths: {} },
    },
  },
};

export const docsDescription: RouteDescription = {
  id: 'docs',
  group: 'Operation',
  summary: 'This reference for people',
  answers: [{ status: 200, what: 'A page.', mediaType: 'text/html', schema: z.string() }],
  examples: { page: { summary: 'Its beginning', status: 200, answer: '<!doctype html>…' } },
};

export const styleDescription: RouteDescription = {
  id: 'docsStyle',
  group: 'Operation',
  summary: 'How that page looks',
  answers: [{ status: 200, what: 'A style sheet.', mediaType: 'text/css', schema: z.string() }],
  examples: { style: { summary: 'Its beginning', status: 200, answer: ':root {…}' } },
};

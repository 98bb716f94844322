import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { eventually } from '../support/eventually.js';
import { FakeSite, html } from '../support/fake-site.js';
import { makeKey } from '../support/keys.js';
import { call, get, read, Stack, TOKENS } from '../support/stack.js';
import { yamlDocuments } from '../support/yaml.js';

/** Of a configuration of Prometheus, who is scraped and how. */
interface Example {
  readonly scrape_configs: readonly {
    readonly metrics_path: string;
    readonly authorization?: { readonly type: string };
  }[];
}

let stack: Stack;
let site: FakeSite;

beforeAll(async () => {
  [stack, site] = await Promise.all([Stack.start(), FakeSite.start('127.0.0.2')]);
});

afterAll(async () => {
  await stack.stop();
  await site.stop();
});

/** What a worker says of itself, as lines. */
async function linesOfWorker(): Promise<readonly string[]> {
  const { status, body } = await get(stack.workers[0]!, '/metrics');
  expect(status).toBe(200);
  return (body as string).split('\n');
}

/** What a gateway says of itself, as lines. */
async function linesOfGateway(): Promise<readonly string[]> {
  const { status, headers, body } = await get(stack.gateway, '/metrics', { 'x-api-key': TOKENS.operator });
  expect([status, headers.get('content-type')]).toEqual([200, 'text/plain; version=0.0.4; charset=utf-8']);
  return (body as string).split('\n');
}

describe('a gateway’s metrics', () => {
  test('are for operators', async () => {
    expect((await get(stack.gateway, '/metrics')).status).toBe(401);
    expect((await get(stack.gateway, '/metrics', { 'x-api-key': TOKENS.writer })).status).toBe(403);
  });

  test('count reads where they are answered: by the route or before it', async () => {
    site.page('/counted', html('Counted'));
    for (let time = 0; time < 5; time += 1) await read(stack.gateway, site.url('/counted'));
    const lines = await linesOfGateway();
    expect(lines).toEqual(
      expect.arrayContaining([
        'warmlink_reads_total{outcome="missing",tier="none"} 1',
        'warmlink_reads_total{outcome="fresh",tier="L1"} 4',
        'warmlink_read_duration_seconds_count{tier="origin"} 1',
        'warmlink_read_duration_seconds_count{tier="L1"} 4',
        'warmlink_http_request_duration_seconds_count{method="GET",route="/v1/preview",status="200"} 5',
        'warmlink_http_errors_total{code="EAUTH"} 1',
        'warmlink_redis_connected{server="cache"} 1',
        'warmlink_queue_jobs{queue="previews",state="active"} 0',
        'warmlink_queue_redis_may_evict 0',
        'warmlink_memory_tier_copies 1',
        'warmlink_metrics_failures_total 0',
      ]),
    );
  });

  test('name no page, no path that was asked for, and no secret', async () => {
    await get(stack.gateway, '/no/such/secret-path');
    await get(stack.gateway, '/v1/jobs/secret-id', { 'x-api-key': TOKENS.writer });
    const text = (await linesOfGateway()).join('\n');
    for (const secret of ['secret', '127.0.0.2', 'counted', ...Object.values(TOKENS)])
      expect(text).not.toContain(secret);
    expect(text).toContain('route="none",status="404"');
    expect(text).toContain('route="/v1/jobs/:id"');
  });

  test('are told by the key that Prometheus sends as its example has it, or as the password of a log-in', async () => {
    const [example] = await yamlDocuments(readFileSync('deploy/prometheus/prometheus.yml', 'utf8'));
    const [job, worker] = (example as Example).scrape_configs;
    expect([job!.metrics_path, worker!.authorization]).toEqual(['/metrics', undefined]);
    const { secret, id } = await makeKey(stack.gateway, 'operator', 'prometheus');
    const basic = `Basic ${btoa(`prometheus:${secret}`)}`;
    for (const authorization of [`${job!.authorization!.type} ${secret}`, basic]) {
      const { status, body } = await get(stack.gateway, job!.metrics_path, { authorization });
      expect(status).toBe(200);
      expect(body).toContain('warmlink_reads_total');
    }
    await call(stack.gateway, 'DELETE', `/v1/keys/${id}`, { headers: { 'x-api-key': TOKENS.operator } });
    for (const authorization of [`Bearer ${secret}`, basic, `Bearer ${TOKENS.writer}`, 'Bearer', '']) {
      const refused = await get(stack.gateway, '/metrics', { authorization });
      const isKnown = authorization.includes(TOKENS.writer);
      expect([refused.status, refused.headers.get('www-authenticate')]).toEqual(
        isKnown ? [403, null] : [401, 'Bearer realm="Warmlink", Basic realm="Warmlink", charset="UTF-8"'],
      );
    }
  });
});

describe('a worker’s metrics', () => {
  test('count jobs by what came of them, and requests to origins', async () => {
    const before = countIn(
      await linesOfWorker(),
      'warmlink_origin_request_duration_seconds_count{outcome="4xx"}',
    );
    await read(stack.gateway, site.url('/not-there'));
    await read(stack.gateway, 'http://127.0.0.2:1/');
    const lines = await linesOfWorker();
    expect(countIn(lines, 'warmlink_jobs_total{job="scrape",work="scraped",outcome="ENOTFOUND"}')).toBe(1);
    expect(countIn(lines, 'warmlink_jobs_total{job="scrape",work="scraped",outcome="EUNREACHABLE"}')).toBe(1);
    expect(countIn(lines, 'warmlink_origin_request_duration_seconds_count{outcome="4xx"}')).toBeGreaterThan(
      before,
    );
    expect(
      countIn(lines, 'warmlink_origin_request_duration_seconds_count{outcome="EUNREACHABLE"}'),
    ).toBeGreaterThan(0);
    expect(countIn(lines, 'warmlink_job_wait_seconds_count{job="scrape"}')).toBeGreaterThanOrEqual(2);
    expect(countIn(lines, 'warmlink_worker_slots')).toBe(16);
    expect(countIn(lines, 'warmlink_postgres_connections_limit')).toBe(10);
    expect(countIn(lines, 'process_resident_memory_bytes')).toBeGreaterThan(10_000_000);
    expect(lines.join('\n')).not.toContain('127.0.0.2');
  });

  test('tell that the warm loop goes round', async () => {
    const rounds = 'warmlink_warm_round_duration_seconds_count{end="done"}';
    await eventually(linesOfWorker, (lines) => countIn(lines, rounds) > 0);
  });
});

function countIn(lines: readonly string[], series: string): number {
  return Number(lines.find((line) => line.startsWith(`${series} `))?.slice(series.length) ?? 0);
}

describe('the dashboard and the alerts', () => {
  const dashboard = readFileSync('deploy/grafana/warmlink.json', 'utf8');
  const alerts = readFileSync('deploy/prometheus/alerts.yml', 'utf8');
  const expressions = [
    ...(JSON.parse(dashboard) as { panels: { targets?: { expr: string }[] }[] }).panels.flatMap(
      ({ targets = [] }) => targets.map(({ expr }) => expr),
    ),
    ...alerts.split('\n').flatMap((line) => /^\s+expr: (.+)$/.exec(line)?.[1] ?? []),
  ];

  test('name metrics and labels that running processes have', async () => {
    site.page('/shown', html('Shown'));
    await read(stack.gateway, site.url('/shown'));
    const labelsOf = labelsByMetric([...(await linesOfGateway()), ...(await linesOfWorker())]);
    const unknown: string[] = [];
    for (const expression of expressions) {
      const metrics = expression.match(/\b(warmlink|nodejs|process)_[a-z0-9_]+\b/g) ?? [];
      unknown.push(...metrics.filter((metric) => !labelsOf.has(metric)));
      const known = new Set([
        'job',
        'instance',
        ...metrics.flatMap((metric) => [...(labelsOf.get(metric) ?? [])]),
      ]);
      const grouped = [...expression.matchAll(/by \(([^)]+)\)/g)].flatMap(([, names]) => names!.split(/, ?/));
      const selected = [...expression.matchAll(/[{,] ?([a-z]+)=/g)].map(([, name]) => name!);
      unknown.push(
        ...[...grouped, ...selected]
          .filter((label) => !known.has(label))
          .map((label) => `${label} in ${expression}`),
      );
    }
    expect(unknown).toEqual([]);
    expect(expressions.length).toBeGreaterThan(50);
  });

  test('show all that is measured here', async () => {
    const lines = [...(await linesOfGateway()), ...(await linesOfWorker())];
    const own = lines.flatMap((line) => /^# TYPE (warmlink_\w+) /.exec(line)?.[1] ?? []);
    const told = expressions.join('\n');
    const inside = ['warmlink_metrics_failures_total']; // it tells why others are missing
    expect([...new Set(own)].filter((name) => !told.includes(name) && !inside.includes(name))).toEqual([]);
  });
});

/** The names of series, with the labels that each has somewhere; those of a metric without series yet, too. */
function labelsByMetric(lines: readonly string[]): ReadonlyMap<string, ReadonlySet<string>> {
  const labels = new Map<string, Set<string>>();
  const of = (metric: string) => labels.get(metric) ?? labels.set(metric, new Set()).get(metric)!;
  for (const line of lines) {
    const declared = /^# TYPE (\w+) (\w+)$/.exec(line);
    if (declared !== null && declared[2] !== 'histogram') of(declared[1]!);
    const [, metric, text = ''] = /^([a-z]\w*)(?:\{(.*)\})? /.exec(line) ?? [];
    if (metric !== undefined) for (const [, label] of text.matchAll(/(\w+)="/g)) of(metric).add(label!);
    if (metric !== undefined) of(metric);
  }
  return labels;
}

import { describe, expect, jest, test } from '@jest/globals';
import { Metrics } from './metrics.js';

/** The lines of one metric. */
async function linesOf(metrics: Metrics, name: string): Promise<readonly string[]> {
  return (await metrics.text()).split('\n').filter((line) => line.includes(name));
}

describe('metrics', () => {
  test('are told in Prometheus’s text format', async () => {
    const metrics = new Metrics();
    const reads = metrics.counter('reads_total', 'How reads ended.', 'outcome', 'tier');
    reads.with({ outcome: 'fresh', tier: 'L1' }).add();
    reads.with({ tier: 'L1', outcome: 'fresh' }).add(2);
    reads.with({ outcome: 'stale', tier: 'L2' }).add();
    metrics.gauge('jobs', 'Jobs that wait.').with({}).set(7.5);
    expect(
      (await metrics.text())
        .split('\n')
        .filter((line) => line !== '')
        .slice(3),
    ).toEqual([
      '# HELP reads_total How reads ended.',
      '# TYPE reads_total counter',
      'reads_total{outcome="fresh",tier="L1"} 3',
      'reads_total{outcome="stale",tier="L2"} 1',
      '# HELP jobs Jobs that wait.',
      '# TYPE jobs gauge',
      'jobs 7.5',
    ]);
  });

  test('without labels are there before anything was counted', async () => {
    const metrics = new Metrics();
    metrics.counter('x_total', 'x');
    expect(await linesOf(metrics, 'x_total')).toContain('x_total 0');
  });

  test('count values in buckets, each with those before it', async () => {
    const metrics = new Metrics();
    const waits = metrics.histogram('wait_seconds', 'Waits.', [0.1, 1], 'job').with({ job: 'warm' });
    for (const seconds of [0.05, 0.1, 0.5, 3]) waits.observe(seconds);
    expect((await linesOf(metrics, 'wait_seconds')).slice(2)).toEqual([
      'wait_seconds_bucket{job="warm",le="0.1"} 2',
      'wait_seconds_bucket{job="warm",le="1"} 3',
      'wait_seconds_bucket{job="warm",le="+Inf"} 4',
      'wait_seconds_sum{job="warm"} 3.65',
      'wait_seconds_count{job="warm"} 4',
    ]);
  });

  test('write label values that would break a line so that they don’t', async () => {
    const metrics = new Metrics();
    metrics.gauge('x', 'x', 'name').with({ name: 'a"b\\c\nd' }).set(1);
    expect(await linesOf(metrics, 'x{')).toEqual(['x{name="a\\"b\\\\c\\nd"} 1']);
  });

  test('have a bound, however many label values there are', async () => {
    const metrics = new Metrics();
    const many = metrics.counter('many_total', 'x', 'name');
    for (let name = 0; name < 10_000; name += 1) many.with({ name: String(name) }).add();
    const lines = await linesOf(metrics, 'many_total{');
    expect(lines.length).toBeLessThan(2_100);
    expect(lines).toContain('many_total{name="other"} 8000');
  });

  test('that can’t be looked up are missing, and the others are there', async () => {
    jest.useFakeTimers();
    const metrics = new Metrics();
    const [well, broken, frozen] = ['well', 'broken', 'frozen'].map((name) => metrics.gauge(name, name));
    well!.with({}).set(1);
    broken!.with({}).set(1);
    frozen!.with({}).set(1);
    metrics.collect([broken!], () => Promise.reject(new Error('away')));
    metrics.collect([frozen!], () => new Promise(() => undefined));
    const asked = metrics.text();
    expect(metrics.text()).toBe(asked); // who asks meanwhile waits for the same
    await jest.advanceTimersByTimeAsync(2_000);
    jest.useRealTimers();
    const lines = (await asked).split('\n').filter((line) => !line.startsWith('#'));
    expect(lines.filter((line) => line !== '')).toEqual(['warmlink_metrics_failures_total 2', 'well 1']);
  });

  test('have one name each, and no other words in it', () => {
    const metrics = new Metrics();
    metrics.counter('x_total', 'x');
    expect(() => metrics.gauge('x_total', 'x')).toThrow(/already been registered/);
    expect(() => metrics.gauge('x-total', 'x')).toThrow(/no name/);
  });
});

import { AggregatorRegistry, type MetricObjectWithValues, type MetricValue, Registry } from 'prom-client';
import { Amount, amountSamples } from './amount.js';
import { Distribution } from './distribution.js';
import { type Labels, Metric } from './series.js';

export type Counter<Label extends string = never> = Metric<Label, Amount>;
export type Gauge<Label extends string = never> = Metric<Label, Amount>;
export type Histogram<Label extends string = never> = Metric<Label, Distribution>;

/** The metrics of a process at one time, for another one that adds up those of several. */
export type MetricsSnapshot = readonly MetricObjectWithValues<MetricValue<string>>[];

/** Metrics that are looked up when somebody asks for them. */
interface Collector {
  readonly metrics: readonly { clear(): void }[];
  readonly read: () => void | Promise<void>;
}

/** Longest wait for what has to be looked up elsewhere, in ms: Prometheus waits for 10 s by default. */
const COLLECT_DEADLINE_MS = 2_000;

const NAME = /^[a-z][a-z0-9_]*$/;

/** What `text` is, for whoever sends it. */
export const METRICS_TYPE = Registry.PROMETHEUS_CONTENT_TYPE;

/**
 * The numbers of a process, and how Prometheus reads them. The registry is prom-client's; the metrics in it are ours: counting is an addition to a number that the
 * counter holds on to, where prom-client's would search for its labels each time. All else is done when they are asked for.
 */
export class Metrics {
  /** For metrics of prom-client's own. */
  readonly registry = new Registry();
  private readonly collectors: Collector[] = [];
  private readonly failures: Amount;
  private underWay: Promise<string> | undefined;

  constructor() {
    this.failures = this.counter(
      'warmlink_metrics_failures_total',
      'Looks at a server for metrics that failed or took too long; those are missing then.',
    ).with({});
  }

  /** @param name ends with `_total` */
  counter<Label extends string = never>(
    name: string,
    help: string,
    ...labels: readonly Label[]
  ): Counter<Label> {
    return this.kept(new Metric(name, help, 'counter', labels, () => new Amount(), amountSamples));
  }

  gauge<Label extends string = never>(name: string, help: string, ...labels: readonly Label[]): Gauge<Label> {
    return this.kept(new Metric(name, help, 'gauge', labels, () => new Amount(), amountSamples));
  }

  /** A gauge of something that every process sees alike: of several that serve together it isn't the sum. */
  sharedGauge<Label extends string = never>(
    name: string,
    help: string,
    ...labels: readonly Label[]
  ): Gauge<Label> {
    return this.kept(new Metric(name, help, 'gauge', labels, () => new Amount(), amountSamples), 'max');
  }

  /** @param bounds upper bounds of its buckets, ascending */
  histogram<Label extends string = never>(
    name: string,
    help: string,
    bounds: readonly number[],
    ...labels: readonly Label[]
  ): Histogram<Label> {
    const create = () => new Distribution(bounds);
    const samplesOf = (series: Distribution, own: Labels<string>) => series.samples(own);
    return this.kept(new Metric(name, help, 'histogram', labels, create, samplesOf));
  }

  /** Has metrics set by `read` whenever they are asked for. Where it fails, or takes too long, they have no value. */
  collect(metrics: Collector['metrics'], read: Collector['read']): void {
    this.collectors.push({ metrics, read });
  }

  /** All of them, as text. Who asks while it is being made gets the same one. */
  text(): Promise<string> {
    this.underWay ??= this.expose().finally(() => {
      this.underWay = undefined;
    });
    return this.underWay;
  }

  /** All of them, for `textOf`. */
  async snapshot(): Promise<MetricsSnapshot> {
    await this.collectAll();
    return this.registry.getMetricsAsJSON();
  }

  /** The metrics of several processes as if they were those of one: amounts are added up. */
  static textOf(snapshots: readonly MetricsSnapshot[]): Promise<string> {
    return AggregatorRegistry.aggregate(
      snapshots as MetricObjectWithValues<MetricValue<string>>[][],
    ).metrics();
  }

  private async expose(): Promise<string> {
    await this.collectAll();
    return this.registry.metrics();
  }

  private async collectAll(): Promise<void> {
    await Promise.all(this.collectors.map((collector) => this.run(collector)));
  }

  private async run({ metrics, read }: Collector): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    try {
      const late = new Promise<never>((_resolve, reject) => {
        timer = setTimeout(() => reject(new Error('too late')), COLLECT_DEADLINE_MS);
      });
      await Promise.race([read(), late]);
    } catch {
      this.failures.add();
      for (const metric of metrics) metric.clear();
    } finally {
      clearTimeout(timer);
    }
  }

  private kept<Label extends string, Series>(
    metric: Metric<Label, Series>,
    aggregator: 'sum' | 'max' = 'sum',
  ): Metric<Label, Series> {
    const { name } = metric;
    if (!NAME.test(name)) throw new Error(`${name} is no name for a metric`);
    this.registry.registerMetric(
      asRegistered(metric as unknown as Metric<string, unknown>, aggregator) as never,
    );
    return metric;
  }
}

/** A metric of ours as prom-client's registry reads it. */
function asRegistered(metric: Metric<string, unknown>, aggregator: 'sum' | 'max') {
  const { name, help, type } = metric;
  const values = () =>
    Array.from(metric.samples(), ([suffix, labels, value]) => ({
      metricName: name + suffix,
      labels,
      value,
    }));
  return { name, help, type, get: () => Promise.resolve({ name, help, type, values: values(), aggregator }) };
}

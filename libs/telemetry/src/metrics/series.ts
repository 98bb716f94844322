/** A value for each name of a label. */
export type Labels<Name extends string> = Readonly<Record<Name, string>>;

/** What a metric shows of itself, in Prometheus's words. */
export type MetricType = 'counter' | 'gauge' | 'histogram';

/** A line of the exposition: what is added to the metric's name, its labels, and its value. */
export type Sample = readonly [suffix: string, labels: Labels<string>, value: number];

/** Most combinations of label values that a metric tells apart; those beyond are counted together. */
const MAX_SERIES = 2_000;

/** The value of every label where there were too many. */
const OTHER = 'other';

/** A metric with its series: one for each combination of label values that was asked for. Who counts often holds on to his series. */
export class Metric<Name extends string, Series> {
  private readonly series = new Map<string, { readonly labels: Labels<string>; readonly series: Series }>();

  constructor(
    readonly name: string,
    readonly help: string,
    readonly type: MetricType,
    private readonly labelNames: readonly Name[],
    private readonly create: () => Series,
    private readonly samplesOf: (series: Series, labels: Labels<string>) => Iterable<Sample>,
  ) {
    if (labelNames.length === 0) this.with({} as Labels<Name>);
  }

  /** The series of these label values. None of them may come from a caller, or from a page: no URL, no host, no key. */
  with(labels: Labels<Name>): Series {
    const values = this.labelNames.map((name) => labels[name]);
    const known = this.series.get(values.join('\n'));
    if (known !== undefined) return known.series;
    const kept = this.series.size < MAX_SERIES ? values : values.map(() => OTHER);
    const key = kept.join('\n');
    const held = this.series.get(key) ?? { labels: labelled(this.labelNames, kept), series: this.create() };
    this.series.set(key, held);
    return held.series;
  }

  /** Forgets all series: what they said is not known any more. */
  clear(): void {
    this.series.clear();
  }

  *samples(): Iterable<Sample> {
    for (const { labels, series } of this.series.values()) yield* this.samplesOf(series, labels);
  }
}

function labelled(names: readonly string[], values: readonly string[]): Labels<string> {
  return Object.fromEntries(names.map((name, place) => [name, values[place]!]));
}

import type { Labels, Sample } from './series.js';

/** The value of one series of a counter or a gauge. */
export class Amount {
  value = 0;

  add(more = 1): void {
    this.value += more;
  }

  /** Of a counter: what somebody else has counted so far. */
  set(value: number): void {
    this.value = value;
  }
}

export function* amountSamples({ value }: Amount, labels: Labels<string>): Iterable<Sample> {
  yield ['', labels, value];
}

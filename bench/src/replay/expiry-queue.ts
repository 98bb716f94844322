/** What is due, the earliest first (a binary heap). Times in ms since the epoch. */
export class ExpiryQueue<T> {
  private readonly heap: { readonly at: number; readonly item: T }[] = [];

  add(at: number, item: T): void {
    const { heap } = this;
    let place = heap.length;
    heap.push({ at, item });
    while (place > 0) {
      const parent = (place - 1) >> 1;
      if (heap[parent]!.at <= heap[place]!.at) return;
      this.swap(parent, place);
      place = parent;
    }
  }

  /** When the earliest is due; Infinity when there is none. */
  get next(): number {
    return this.heap[0]?.at ?? Infinity;
  }

  /** Takes the earliest. */
  take(): T | undefined {
    const { heap } = this;
    const first = heap[0];
    const last = heap.pop();
    if (first === undefined || last === undefined) return undefined;
    if (heap.length > 0) {
      heap[0] = last;
      this.sink();
    }
    return first.item;
  }

  private sink(): void {
    const { heap } = this;
    for (let place = 0; ;) {
      let child = 2 * place + 1;
      if (child >= heap.length) return;
      if (child + 1 < heap.length && heap[child + 1]!.at < heap[child]!.at) child += 1;
      if (heap[place]!.at <= heap[child]!.at) return;
      this.swap(place, child);
      place = child;
    }
  }

  private swap(one: number, other: number): void {
    const { heap } = this;
    [heap[one], heap[other]] = [heap[other]!, heap[one]!];
  }
}

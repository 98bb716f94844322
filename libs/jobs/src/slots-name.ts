/** What a worker calls itself on its connection, so that others can see how many jobs it takes at a time. */
export function slotsName(slots: number): string {
  return `slots=${slots}`;
}

/** The same the other way round, of a connection's whole name; 0 for one that says nothing of it. */
export function slotsOf(connectionName: string): number {
  return Number(/:w:slots=(\d+)$/.exec(connectionName)?.[1] ?? 0);
}

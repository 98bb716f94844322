/** Some 2 MB, for comparison. */
const TEXT = JSON.stringify(
  Array.from({ length: 50_000 }, (_, number) => ({ number, text: `text ${number}` })),
);

let readingMs = Infinity;

/** What some work costs this process in CPU, as a multiple of reading 2 MB of JSON: much the same on every machine, however fast or busy it is. */
export async function cpuCost(work: () => unknown): Promise<number> {
  if (readingMs === Infinity)
    for (let time = 0; time < 5; time += 1)
      readingMs = Math.min(readingMs, await cpuMs(() => JSON.parse(TEXT)));
  return (await cpuMs(work)) / readingMs;
}

async function cpuMs(work: () => unknown): Promise<number> {
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1_000;
}

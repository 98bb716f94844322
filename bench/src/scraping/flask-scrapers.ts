import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { createInterface } from 'node:readline';

/** Debian's own: its packages are for this one, and not for whichever else is on PATH. */
const PYTHON = '/usr/bin/python3';

const MISSING = `Flask, requests and BeautifulSoup are needed for ${PYTHON}:
  apt-get install python3-flask python3-requests python3-bs4`;

/** The scraper that Warmlink is measured against (bench/anchors), so many processes of it. */
export class FlaskScrapers {
  private constructor(
    private readonly children: readonly ChildProcess[],
    private readonly ports: readonly number[],
  ) {}

  /** @throws where its packages are missing, with how to install them */
  static async start(processes: number): Promise<FlaskScrapers> {
    try {
      execFileSync(PYTHON, ['-c', 'import flask, requests, bs4'], { stdio: 'ignore' });
    } catch (error) {
      throw new Error(MISSING, { cause: error });
    }
    const script = resolve('bench/anchors/flask_scraper.py');
    const children = Array.from({ length: processes }, () =>
      spawn(PYTHON, [script], { stdio: ['ignore', 'pipe', 'inherit'] }),
    );
    return new FlaskScrapers(children, await Promise.all(children.map(firstNumber)));
  }

  get pids(): readonly number[] {
    return this.children.map(({ pid }) => pid!);
  }

  /** Has pages scraped, so many at a time over all processes. @returns ms from the first to the last */
  async scrape(urls: readonly string[], concurrency: number): Promise<number> {
    const start = performance.now();
    const waiting = urls.values();
    const lane = async (port: number) => {
      for (const url of waiting) {
        const response = await fetch(`http://127.0.0.1:${port}/scrape?url=${encodeURIComponent(url)}`);
        const { title } = (await response.json()) as { readonly title: string | null };
        if (!response.ok || title === null) throw new Error(`the anchor failed at ${url}`);
      }
    };
    const lanes = Array.from({ length: concurrency }, (_, index) => this.ports[index % this.ports.length]!);
    await Promise.all(lanes.map(lane));
    return performance.now() - start;
  }

  async stop(): Promise<void> {
    for (const child of this.children) {
      child.kill();
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
    }
  }
}

async function firstNumber(child: ChildProcess): Promise<number> {
  const [line] = (await once(createInterface({ input: child.stdout! }), 'line')) as [string];
  return Number(line);
}

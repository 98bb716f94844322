import robotsParser from 'robots-parser';

/** What a robots.txt says of one page. */
export interface RobotsRuling {
  readonly isAllowed: boolean;
  /** Least time between two visits that the site asks for, in ms, bounded; 0 where it asks for none. */
  readonly crawlDelayMs: number;
}

interface ParsedRobots {
  isAllowed(url: string, userAgent: string): boolean | undefined;
  getCrawlDelay(userAgent: string): number | undefined;
}

/** The package declares a default export, and is CommonJS without one. */
const parse = robotsParser as unknown as (url: string, text: string) => ParsedRobots;

const LONGEST_CRAWL_DELAY_MS = 30_000;

/**
 * Most characters that patterns with wildcards have, times those of a path, that are compared: some ten milliseconds. A file that is made to cost more keeps us away,
 * which is what it can do anyway.
 */
const MOST_WORK = 2e7;

/**
 * The rules of an origin (RFC 9309) for one kind of robot.
 *
 * @param robot its product token, such as `Warmlink`
 */
export function robotsRules(origin: string, text: string, robot: string): (url: string) => RobotsRuling {
  const robots = parse(`${origin}/robots.txt`, text);
  const delayMs = (robots.getCrawlDelay(robot) ?? 0) * 1_000;
  const crawlDelayMs = Math.min(Math.max(0, delayMs), LONGEST_CRAWL_DELAY_MS);
  const wildcards = wildcardLength(text);
  return (url) => ({
    isAllowed: wildcards * url.length <= MOST_WORK && (robots.isAllowed(url, robot) ?? true),
    crawlDelayMs,
  });
}

/** The product token of a user agent: what robots.txt calls a robot by (RFC 9309, section 2.2.1). */
export function productToken(userAgent: string): string {
  return /^[A-Za-z_-]+/.exec(userAgent)?.[0] ?? '*';
}

function wildcardLength(text: string): number {
  return text
    .split(/[\r\n]+/)
    .filter((line) => line.includes('*'))
    .reduce((sum, line) => sum + line.length, 0);
}

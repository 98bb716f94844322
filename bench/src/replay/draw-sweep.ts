import type { Replay } from './replay.js';
import type { Row } from './tally.js';

const SIZE = { width: 720, height: 440 };
const MARGIN = { left: 64, right: 24, top: 48, bottom: 56 };

/** Names in a picture stand in text, and in nothing else. */
const escaped = (text: string) => text.replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`);

/** Fresh reads over origin load: Warmlink's curve over its budgets, the other strategies as points. An SVG. */
export function drawSweep({ trace, ttlSeconds, rows }: Replay, curve: readonly Row[]): string {
  const points = [...rows, ...curve];
  const loads = rangeOf(points.map(({ load }) => load));
  const shares = rangeOf(points.map(({ fresh }) => fresh));
  const x = scale(loads, [MARGIN.left, SIZE.width - MARGIN.right]);
  const y = scale(shares, [SIZE.height - MARGIN.bottom, MARGIN.top]);

  const path = curve.toSorted((one, other) => one.load - other.load);
  const line = path.map(({ load, fresh }) => `${x(load)},${y(fresh)}`).join(' ');
  const dots = curve.map(
    ({ load, fresh }) => `<circle cx="${x(load)}" cy="${y(fresh)}" r="3" fill="#d9480f"/>`,
  );
  const others = rows
    .filter(({ strategy }) => strategy !== 'warmlink')
    .map(
      ({ strategy, load, fresh }) =>
        `<circle cx="${x(load)}" cy="${y(fresh)}" r="4" fill="#495057"/>` +
        `<text x="${x(load) + 8}" y="${y(fresh) + 4}">${strategy}</text>`,
    );
  const gridX = ticks(loads).map(
    (load) =>
      `<line x1="${x(load)}" x2="${x(load)}" y1="${MARGIN.top}" y2="${SIZE.height - MARGIN.bottom}" stroke="#dee2e6"/>` +
      `<text x="${x(load)}" y="${SIZE.height - MARGIN.bottom + 20}" text-anchor="middle">${load.toFixed(2)} ×</text>`,
  );
  const gridY = ticks(shares).map(
    (share) =>
      `<line x1="${MARGIN.left}" x2="${SIZE.width - MARGIN.right}" y1="${y(share)}" y2="${y(share)}" stroke="#dee2e6"/>` +
      `<text x="${MARGIN.left - 8}" y="${y(share) + 4}" text-anchor="end">${(100 * share).toFixed(0)} %</text>`,
  );
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${SIZE.width} ${SIZE.height}" font-family="system-ui, sans-serif" font-size="12">
<rect width="100%" height="100%" fill="#fff"/>
<text x="${MARGIN.left}" y="24" font-size="15">Fresh reads over origin load: ${escaped(trace)}, lifetime ${ttlSeconds} s</text>
${[...gridX, ...gridY].join('\n')}
<polyline points="${line}" fill="none" stroke="#d9480f" stroke-width="2"/>
${[...dots, ...others].join('\n')}
<text x="${x(path.at(-1)?.load ?? 1) - 8}" y="${y(path.at(-1)?.fresh ?? 0) - 10}" text-anchor="end" fill="#d9480f">Warmlink</text>
<text x="${SIZE.width / 2}" y="${SIZE.height - 12}" text-anchor="middle">origin load, relative to cache-aside with the same lifetime</text>
</svg>
`;
}

type Range = readonly [number, number];

function rangeOf(values: readonly number[]): Range {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const room = Math.max(0.02, (high - low) * 0.08);
  return [low - room, high + room];
}

function scale([low, high]: Range, [from, to]: Range): (value: number) => number {
  return (value) => Math.round((from + ((value - low) / (high - low)) * (to - from)) * 10) / 10;
}

/** Some five round values within a range. */
function ticks([low, high]: Range): number[] {
  const step = [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1].find((size) => (high - low) / size <= 8) ?? 2;
  const first = Math.ceil(low / step);
  return Array.from({ length: Math.floor(high / step) - first + 1 }, (_, index) => (first + index) * step);
}

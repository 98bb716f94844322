/** How a server did, to one that does nothing but answer. */
export interface Ratios {
  readonly name: string;
  /** By requests a second. */
  readonly ratio: number;
  /** By CPU a request. */
  readonly cpuRatio: number;
}

const WIDTH = 720;
const MARGIN = { left: 210, right: 60, top: 64, bottom: 24 };
const BAR = 12;
const ROW = 36;

const BY_SPEED = '#d9480f';
const BY_CPU = '#495057';

/** Names in a picture stand in text, and in nothing else. */
const escaped = (text: string) => text.replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`);

/** Two bars a server, with a line at 1. An SVG. */
export function drawRatios(title: string, rows: readonly Ratios[]): string {
  const height = MARGIN.top + rows.length * ROW + MARGIN.bottom;
  const most = Math.max(1, ...rows.flatMap(({ ratio, cpuRatio }) => [ratio, cpuRatio]));
  const length = (value: number) => Math.round((value / most) * (WIDTH - MARGIN.left - MARGIN.right));
  const bar = (y: number, value: number, colour: string) =>
    `<rect x="${MARGIN.left}" y="${y}" width="${length(value)}" height="${BAR}" fill="${colour}"/>` +
    `<text x="${MARGIN.left + length(value) + 6}" y="${y + BAR - 2}">${value.toFixed(2)}</text>`;
  const bars = rows.map(({ name, ratio, cpuRatio }, place) => {
    const y = MARGIN.top + place * ROW;
    const label = `<text x="${MARGIN.left - 10}" y="${y + BAR + 4}" text-anchor="end">${escaped(name)}</text>`;
    return label + bar(y, ratio, BY_SPEED) + bar(y + BAR + 1, cpuRatio, BY_CPU);
  });
  const one = MARGIN.left + length(1);
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" font-family="system-ui, sans-serif" font-size="12">
<rect width="100%" height="100%" fill="#fff"/>
<text x="${MARGIN.left}" y="24" font-size="15">${escaped(title)}</text>
<text x="${MARGIN.left}" y="46" fill="${BY_SPEED}">by requests a second</text>
<text x="${MARGIN.left + 160}" y="46" fill="${BY_CPU}">by CPU a request</text>
<line x1="${one}" x2="${one}" y1="${MARGIN.top - 6}" y2="${height - MARGIN.bottom}" stroke="#adb5bd" stroke-dasharray="4 3"/>
${bars.join('\n')}
</svg>
`;
}

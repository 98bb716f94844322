import type { CalibrationBin } from '#libs/forecast';

const SIDE = 400;
const MARGIN = 56;

const escaped = (text: string) => text.replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`);

/** How often periods were read in, over how likely that was said to be; a circle's area is how many periods it stands for. An SVG. */
export function drawCalibration(title: string, bins: readonly CalibrationBin[]): string {
  const round = (value: number) => Math.round(value * 10) / 10;
  const x = (share: number) => round(MARGIN + share * SIDE);
  const y = (share: number) => round(MARGIN + (1 - share) * SIDE);
  const most = Math.max(1, ...bins.map(({ periods }) => periods));
  const circles = bins
    .filter(({ periods }) => periods >= 1)
    .map(
      ({ periods, expected, read }) =>
        `<circle cx="${x(expected / periods)}" cy="${y(read / periods)}" r="${round(2 + 12 * Math.sqrt(periods / most))}" fill="#d9480f" fill-opacity="0.6"/>`,
    );
  const ticks = [0, 0.25, 0.5, 0.75, 1].map(
    (share) =>
      `<text x="${x(share)}" y="${y(0) + 18}" text-anchor="middle">${100 * share} %</text>` +
      `<text x="${x(0) - 8}" y="${y(share) + 4}" text-anchor="end">${100 * share} %</text>`,
  );
  const size = SIDE + 2 * MARGIN;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${size} ${size}" font-family="system-ui, sans-serif" font-size="12">
<rect width="100%" height="100%" fill="#fff"/>
<text x="${MARGIN}" y="28" font-size="15">How often forecasts came true: ${escaped(title)}</text>
<line x1="${x(0)}" y1="${y(0)}" x2="${x(1)}" y2="${y(1)}" stroke="#adb5bd"/>
${[...ticks, ...circles].join('\n')}
<text x="${size / 2}" y="${size - 12}" text-anchor="middle">probability of a read that was forecast</text>
</svg>
`;
}

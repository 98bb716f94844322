/** How far a warm is. */
export interface Progress {
  /** URLs that are settled, in whatever way, and those of them that failed. */
  readonly done: number;
  readonly failed: number;
  /** All URLs, or those that are known so far. */
  readonly total: number;
  readonly isTotalKnown: boolean;
}

/** A pace and what follows from it. */
export interface Speed {
  readonly perSecond: number;
  /** Seconds; undefined where nobody can say. */
  readonly remaining: number | undefined;
}

const BAR_WIDTH = 24;

/** In words, without a bar: `4,200 of 10,000 (42 %), 85/s, 1:08 to go, 3 failed`. */
export function progressLine({ done, failed, total, isTotalKnown }: Progress, speed: Speed): string {
  const { perSecond, remaining } = speed;
  const share = isTotalKnown && total > 0 ? ` (${percent(done / total)})` : '';
  return [
    `${figure(done)} of ${figure(total)}${isTotalKnown ? '' : ' or more'}${share}`,
    `${perSecond < 10 ? perSecond.toFixed(1) : figure(perSecond)}/s`,
    ...(isTotalKnown && remaining !== undefined && done < total ? [`${clock(remaining)} to go`] : []),
    ...(failed > 0 ? [`${figure(failed)} failed`] : []),
  ].join(', ');
}

/** A bar and the same words, in no more than so many columns. Without a known total the bar is left out: it would tell nothing. */
export function progressBar(progress: Progress, speed: Speed, columns: number, color: boolean): string {
  const { done, total, isTotalKnown } = progress;
  const words = progressLine(progress, speed);
  if (!isTotalKnown || total === 0 || words.length + BAR_WIDTH + 1 > columns) return words.slice(0, columns);
  const filled = Math.floor((done / total) * BAR_WIDTH);
  const bar = ['█'.repeat(filled), '░'.repeat(BAR_WIDTH - filled)] as const;
  return `${color ? `\u001b[32m${bar[0]}\u001b[0m${bar[1]}` : bar.join('')} ${words}`;
}

export function figure(count: number): string {
  return Math.round(count).toLocaleString('en');
}

/** All is 100 %, and nothing less is. */
function percent(share: number): string {
  return `${Math.floor(share * 100)} %`;
}

/** `1:08`, `2:03:09`. */
function clock(seconds: number): string {
  const whole = Math.ceil(seconds);
  const parts = [Math.floor(whole / 3_600), Math.floor(whole / 60) % 60, whole % 60];
  const [first, ...rest] = parts[0] === 0 ? parts.slice(1) : parts;
  return [first, ...rest.map((part) => String(part).padStart(2, '0'))].join(':');
}

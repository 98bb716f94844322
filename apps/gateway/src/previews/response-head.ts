import type { HeaderText } from './header-text.js';
import type { PreviewAnswer } from './preview-answer.js';

/** Headers that count seconds, and when they say what is so: in ms since the epoch, the end excluded. */
export interface MovingHeaders {
  readonly text: HeaderText;
  readonly from: number;
  readonly until: number;
}

/**
 * The headers that go with the bytes of a representation: those that stay, and those that count seconds, which the readers of one second share. For a hit by a caller
 * without limits of his own.
 */
export class ResponseHead {
  constructor(
    private readonly answer: PreviewAnswer,
    private readonly fixed: Readonly<Record<200 | 304, HeaderText>>,
    private moving: MovingHeaders,
  ) {}

  isOf({ copy, tier, kind }: PreviewAnswer): boolean {
    const own = this.answer;
    return copy === own.copy && tier === own.tier && kind === own.kind;
  }

  isCurrent(now: number): boolean {
    return now >= this.moving.from && now < this.moving.until;
  }

  renew(moving: MovingHeaders): void {
    this.moving = moving;
  }

  /** All that this second's readers share. */
  of(status: 200 | 304): HeaderText {
    return this.moving.text + this.fixed[status];
  }
}

import { Tokenizer } from 'htmlparser2';

/** What htmlparser2's tokenizer has beside what its types show; `index` counts from the page's start, `offset` is where the piece at hand begins. */
interface TokenizerStates {
  buffer: string;
  index: number;
  readonly offset: number;
  write(piece: string): void;
  stateText(code: number): void;
  handleInAttributeValue(code: number, quote: number): void;
  fastForwardTo(code: number): boolean;
}

const States = Tokenizer as unknown as new (
  ...settings: ConstructorParameters<typeof Tokenizer>
) => TokenizerStates;

const LESS_THAN = '<'.charCodeAt(0);
const AMPERSAND = '&'.charCodeAt(0);

/**
 * Reads as the tokenizer that it extends, which looks at each character, but leaps over those that mean nothing where they stand: most of a page is text, scripts and
 * attributes that go on. A version of htmlparser2 that calls its states otherwise would be as right, and slower again.
 */
class LeapingStates extends States {
  private readonly tag = new NextPlace('<');
  private readonly entity = new NextPlace('&');
  private readonly quotes = [new NextPlace('"'), new NextPlace("'")] as const;

  override write(piece: string): void {
    for (const next of [this.tag, this.entity, ...this.quotes]) next.forget();
    super.write(piece);
  }

  override stateText(code: number): void {
    if (code === LESS_THAN || code === AMPERSAND) super.stateText(code);
    else this.leapTo(this.tag);
  }

  override handleInAttributeValue(code: number, quote: number): void {
    if (code === quote || code === AMPERSAND) super.handleInAttributeValue(code, quote);
    else this.leapTo(this.quotes.find((next) => next.code === quote)!);
  }

  override fastForwardTo(code: number): boolean {
    const place = this.buffer.indexOf(String.fromCharCode(code), this.index - this.offset + 1);
    this.index = this.offset + (place === -1 ? this.buffer.length - 1 : place);
    return place !== -1;
  }

  /** Up to what comes first of an end and an entity; the tokenizer itself goes one further. */
  private leapTo(end: NextPlace): void {
    const from = this.index - this.offset;
    this.index = this.offset + Math.min(end.in(this.buffer, from), this.entity.in(this.buffer, from)) - 1;
  }
}

/** Where a character comes next in a piece. It is remembered until that place is passed: looked for anew each time, a page of nothing but entities would cost its length squared. */
class NextPlace {
  readonly code: number;
  private place = -1;

  constructor(private readonly character: string) {
    this.code = character.charCodeAt(0);
  }

  /** @returns the piece's length where it doesn't come any more */
  in(piece: string, from: number): number {
    if (this.place >= from) return this.place;
    const found = piece.indexOf(this.character, from);
    this.place = found === -1 ? piece.length : found;
    return this.place;
  }

  forget(): void {
    this.place = -1;
  }
}

/** In the type that a parser takes. */
export const LeapingTokenizer = LeapingStates as unknown as typeof Tokenizer;

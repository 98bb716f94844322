import { type ErrorCode, PreviewError } from '#libs/preview';

/** What a Standard Schema says of a value that it refuses. */
interface Issue {
  readonly message: string;
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
}

const CODES: Readonly<Record<string, ErrorCode>> = { ttl: 'EINVALTTL', staleTtl: 'EINVALSTTL' };

/** An option that the contract doesn't allow. */
export class InvalidOption extends PreviewError {
  constructor([issue]: readonly Issue[]) {
    const segment = issue?.path?.[0];
    const name = String(typeof segment === 'object' ? segment.key : segment);
    super(CODES[name] ?? 'EINVALDATA', issue?.message ?? 'An option is not valid.');
  }
}

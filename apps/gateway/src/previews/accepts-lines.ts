/** Media type of one JSON text a line. */
export const LINES_TYPE = 'application/x-ndjson';

/** Whether a caller says that he takes lines; who doesn't gets one document (RFC 9110, section 12.5.1). */
export function acceptsLines(accept: string | undefined): boolean {
  return (accept ?? '').split(',').some((item) => {
    const [type = '', ...parameters] = item.split(';').map((part) => part.trim().toLowerCase());
    return type === LINES_TYPE && !parameters.some((parameter) => /^q=0(\.0*)?$/.test(parameter));
  });
}

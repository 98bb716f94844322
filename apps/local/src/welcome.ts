import type { Secrets } from './data-folder.js';
import type { LocalStack } from './local-stack.js';

type Up = Pick<
  LocalStack,
  'url' | 'anonymousRead' | 'operatorToken' | 'writerToken' | 'secrets' | 'secretsFile'
>;

/**
 * What a person wants to know once everything is up.
 *
 * @param isShownToAPerson whether it goes to a terminal; else it may be kept as a log is, and says where secrets are instead of what they are
 */
export function welcome(stack: Up, isShownToAPerson: boolean): string {
  const { url, operatorToken, writerToken } = stack;
  const password = isShownToAPerson ? operatorToken : placeOf(stack, 'operatorToken');
  const header = isShownToAPerson
    ? `'x-api-key: ${writerToken}'`
    : `"x-api-key: ${expansionOf(stack, 'writerToken')}"`;
  const isOpen = stack.anonymousRead === 'true';
  const reading = isOpen
    ? 'reading needs no key here; ANONYMOUS_READ=false changes that'
    : 'reading needs a key, as ANONYMOUS_READ is false';
  return `
  Warmlink is up.

  API         ${url}/v1/preview?url=…   (${reading})
  Bull Board  ${url}/queues   user: operator   password: ${password}
  Try it      curl ${isOpen ? '' : `-H ${header} `}'${url}/v1/preview?url=https://example.com'
  Warm ahead  curl -H ${header} -H 'content-type: application/json' -d '{"urls":["https://example.com"]}' ${url}/v1/warm

  Ctrl-C stops everything. Data stays in ./.warmlink
`;
}

type Token = keyof Secrets & ('operatorToken' | 'writerToken');

const VARIABLES: Readonly<Record<Token, string>> = {
  operatorToken: 'OPERATOR_TOKEN',
  writerToken: 'WRITER_TOKEN',
};

/** For people. */
function placeOf(stack: Up, token: Token): string {
  return isOwn(stack, token) ? `${token} in ${stack.secretsFile}` : `what ${VARIABLES[token]} is set to`;
}

/** For a shell, within double quotes. */
function expansionOf(stack: Up, token: Token): string {
  return isOwn(stack, token)
    ? `$(sed -n 's/.*"${token}": "\\(.*\\)".*/\\1/p' '${stack.secretsFile}')`
    : `$${VARIABLES[token]}`;
}

/** Whether it was made here, and not given by the environment. */
function isOwn(stack: Up, token: Token): boolean {
  return stack[token] === stack.secrets[token];
}

import { z } from 'zod';

/** The environment can't be used. `problems` names each variable and what is wrong with it, never its value. */
export class InvalidSettings extends Error {
  constructor(readonly problems: readonly string[]) {
    super(['The environment is not usable:', ...problems.map((problem) => `  ${problem}`)].join('\n'));
    this.name = 'InvalidSettings';
  }
}

/**
 * Reads a process's settings once, before anything is built. An empty variable counts as one that isn't set,
 * as Compose files and shells leave them behind.
 *
 * @throws {InvalidSettings} with every problem at once. Values stay out of it: one of them is a password.
 */
export function readSettings<Shape extends z.ZodRawShape>(
  shape: Shape,
  environment: Readonly<Record<string, string | undefined>>,
): z.output<z.ZodObject<Shape>> {
  const given = Object.fromEntries(
    Object.keys(shape)
      .filter((name) => environment[name] !== undefined && environment[name] !== '')
      .map((name) => [name, environment[name]]),
  );
  const result = z.object(shape).safeParse(given);
  if (result.success) return result.data;
  throw new InvalidSettings(
    result.error.issues.map((issue) => {
      const name = String(issue.path[0]);
      return `${name}: ${name in given ? issue.message : 'is required'}`;
    }),
  );
}

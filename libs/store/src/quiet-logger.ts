import type { Logger } from 'typeorm';

const nothing = () => undefined;

/** TypeORM writes of failed migrations to standard output, which is for lines of JSON. Whatever fails is thrown, too. */
export const QUIET: Logger = {
  logQuery: nothing,
  logQueryError: nothing,
  logQuerySlow: nothing,
  logSchemaBuild: nothing,
  logMigration: nothing,
  log: nothing,
};

import 'reflect-metadata';
import { DataSource } from 'typeorm';
import { commandEnvironment, InvalidSettings, readSettings } from '#libs/settings';
import { dataSourceOptions } from './data-source.js';
import { migrate, MigrationBlocked } from './migrate.js';
import { storeEnv } from './store.env.js';

try {
  const env = readSettings(storeEnv, commandEnvironment(process.env));
  const dataSource = await new DataSource(dataSourceOptions(env.DATABASE_URL, 2)).initialize();
  try {
    const ran = await migrate(dataSource, { onWait: (why) => console.error(`Waiting: ${why}.`) });
    console.log(ran.length === 0 ? 'The schema is up to date.' : `Ran ${ran.join(', ')}.`);
  } finally {
    await dataSource.destroy();
  }
} catch (error) {
  console.error(
    error instanceof InvalidSettings || error instanceof MigrationBlocked ? error.message : error,
  );
  process.exitCode = 1;
}

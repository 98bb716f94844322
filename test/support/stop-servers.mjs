import { rmSync } from 'node:fs';

/** After a lane: its servers and their data go. */
export default async function stopServers() {
  const { folder, servers } = globalThis.testServers;
  await Promise.all(servers.map((server) => server.stop()));
  rmSync(folder, { recursive: true, force: true });
}

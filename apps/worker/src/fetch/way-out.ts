import type { WorkerEnv } from '../worker.env.js';
import { AddressGuard } from './address-guard.js';
import { guardedAgent } from './guarded-agent.js';
import { dialThrough } from './proxy-tunnel.js';
import { ownUserAgent } from './user-agent.js';

/** What goes out, to pages, to what stands beside them and to what sites ask of robots, goes through one guarded agent, by one name. */
export interface WayOut {
  readonly agent: ReturnType<typeof guardedAgent>;
  readonly userAgent: string;
}

export function guardedWayOut(env: WorkerEnv): WayOut {
  const agent = guardedAgent({
    guard: new AddressGuard({ ports: env.FETCH_PORTS, allowCidrs: env.FETCH_ALLOW_CIDRS }),
    connectTimeoutMs: env.FETCH_CONNECT_TIMEOUT,
    headersTimeoutMs: env.FETCH_HEADERS_TIMEOUT,
    bodyTimeoutMs: env.FETCH_BODY_TIMEOUT,
    ...(env.OUTBOUND_PROXY_URL !== undefined && { dial: dialThrough(env.OUTBOUND_PROXY_URL) }),
  });
  return { agent, userAgent: env.FETCH_USER_AGENT ?? ownUserAgent(env.FETCH_ABOUT_URL) };
}

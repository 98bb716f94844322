import { keepTo, processorsOf } from '#libs/settings';

/**
 * Keeps this bench, and what it starts from now on, to all processors but one, as if readers, sites and servers were on machines of their own.
 *
 * @returns that one, as a gateway is told of it
 * @throws where there is but one
 */
export function leaveGatewayAProcessor(): { readonly GATEWAY_CPUS: string } {
  const processors = processorsOf();
  if (processors.length < 2)
    throw new Error('one processor is for the gateway, and none is left for the rest');
  keepTo(processors.slice(0, -1));
  return { GATEWAY_CPUS: String(processors.at(-1)) };
}

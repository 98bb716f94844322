import type { Provider } from '@nestjs/common';
import type { Logger } from '#libs/telemetry';
import type { GatewayEnv } from '../gateway.env.js';
import { LeasedLimit } from './leased-limit.js';
import { RateLimits } from './rate-limits.js';
import { TokenBank } from './token-bank.js';

/** Longest wait for the queue's Redis by who sends more at once than there are tokens for, in ms. */
const DEADLINE_MS = 100;

/** Limits on callers; without any there is no connection for them either. */
export function rateLimitProviders(env: GatewayEnv, logger: Logger): readonly Provider[] {
  const { RATE_LIMIT_PER_KEY: perKey, RATE_LIMIT_PER_ADDRESS: perAddress } = env;
  if (perKey === undefined && perAddress === undefined)
    return [{ provide: RateLimits, useValue: new RateLimits({ perKey, perAddress }) }];
  return [
    {
      provide: TokenBank,
      useFactory: () =>
        new TokenBank({
          redisUrl: env.REDIS_QUEUE_URL,
          deadlineMs: DEADLINE_MS,
          onError: (error) => logger.debug('limits', error),
          onAway: (cause) => logger.warn('limits are kept by each gateway for itself', cause),
          onBack: () => logger.info('limits are kept together again'),
        }),
    },
    {
      provide: RateLimits,
      inject: [TokenBank],
      useFactory: (bank: TokenBank) => {
        const limitOf = (limit: number | undefined, kind: 'key' | 'address') =>
          limit === undefined ? undefined : new LeasedLimit(limit, kind, bank);
        return new RateLimits({
          perKey: limitOf(perKey, 'key'),
          perAddress: limitOf(perAddress, 'address'),
        });
      },
    },
  ];
}

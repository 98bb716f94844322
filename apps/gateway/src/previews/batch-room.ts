import { Injectable } from '@nestjs/common';
import { PreviewError } from '#libs/preview';
import { Room } from '../room.js';

/** Most URLs that batches of a gateway ask for at a time: what they hold until it is answered has a bound. */
export const MOST_URLS = 20_000;

/** There are too many batches. */
export class BatchesBusy extends PreviewError {
  constructor() {
    super('EBUSY', 'Too many batches are being read at the moment.');
  }
}

/** Room for batches in this process. */
@Injectable()
export class BatchRoom extends Room {
  constructor() {
    super(MOST_URLS, () => new BatchesBusy());
  }
}

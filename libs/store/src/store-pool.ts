import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { poolOf } from './prepared.js';

/** How this process's connections to Postgres are used. */
@Injectable()
export class StorePool {
  constructor(private readonly dataSource: DataSource) {}

  usage() {
    const { totalCount, idleCount, waitingCount, options } = poolOf(this.dataSource);
    return { open: totalCount, idle: idleCount, waiting: waitingCount, limit: options.max };
  }
}

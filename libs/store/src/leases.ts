import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';

/** Lets one process at a time do what must be done once, by the clock of Postgres. A holder that dies or freezes loses it when it runs out. */
@Injectable()
export class Leases {
  constructor(private readonly dataSource: DataSource) {}

  /** Takes a lease that is free, or renews the own one. @returns whether it is held now */
  async hold(name: string, holder: string, forMs: number): Promise<boolean> {
    const rows: readonly unknown[] = await this.dataSource.query(
      `INSERT INTO lease AS held (name, holder, until) VALUES ($1, $2, now() + $3 * interval '1 millisecond')
       ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, until = excluded.until
       WHERE held.holder = excluded.holder OR held.until < now()
       RETURNING name`,
      [name, holder, forMs],
    );
    return rows.length > 0;
  }

  /** Gives it back, so that another need not wait for its end. */
  async release(name: string, holder: string): Promise<void> {
    await this.dataSource.query(`DELETE FROM lease WHERE name = $1 AND holder = $2`, [name, holder]);
  }
}

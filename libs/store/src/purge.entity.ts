import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

/** The last purge of a scope (`key:…`, `host:…`, `tag:…`), as a version: scrapes that started before it are void. */
@Entity('purge')
export class PurgeRow {
  @PrimaryColumn('text')
  scope!: string;

  @Index('purge_version')
  @Column('bigint')
  version!: string;
}

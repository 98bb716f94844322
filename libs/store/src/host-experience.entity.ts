import { Column, Entity, PrimaryColumn } from 'typeorm';

/** How fast the pages of a host change, as far as they were checked: weights over the grid of change rates. */
@Entity('host_experience')
export class HostExperienceRow {
  @PrimaryColumn('text')
  host!: string;

  @Column('float8', { array: true })
  weights!: number[];
}

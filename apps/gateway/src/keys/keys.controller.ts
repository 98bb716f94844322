import { Body, Controller, Delete, Get, Header, Param, Post } from '@nestjs/common';
import { z } from 'zod';
import { ApiKeys } from '#libs/store';
import { TakesBody } from '../access/request-body.js';
import { RequiresRole } from '../access/role.js';
import { DescribedBy } from '../openapi/route-description.js';
import { NoSuchId } from '../no-such-id.js';
import { fromStore } from '../patient-store.js';
import { bodyOfKey } from './key-body.js';
import { KeyRevocation } from './key-revocation.js';
import { createKeyDescription, listKeysDescription, revokeKeyDescription } from './keys.description.js';
import { type KeyBody, keyBody } from './keys.schema.js';

const uuid = z.uuid();

/** Who holds keys. */
@Controller('v1/keys')
@RequiresRole('operator')
export class KeysController {
  constructor(
    private readonly keys: ApiKeys,
    private readonly revocation: KeyRevocation,
  ) {}

  /** The secret is in this answer and in no other. */
  @Post()
  @TakesBody({ role: 'operator' })
  @DescribedBy(createKeyDescription)
  @Header('cache-control', 'no-store')
  async create(@Body({ schema: keyBody }) body: KeyBody) {
    const { secret, ...key } = await fromStore(this.keys.create(body), 'making a key');
    return { status: 'success', data: { ...bodyOfKey(key), secret } };
  }

  @Get()
  @DescribedBy(listKeysDescription)
  @Header('cache-control', 'no-store')
  async list() {
    const keys = await fromStore(this.keys.list(), 'listing keys');
    return { status: 'success', data: { keys: keys.map(bodyOfKey) } };
  }

  @Delete(':id')
  @DescribedBy(revokeKeyDescription)
  @Header('cache-control', 'no-store')
  async revoke(@Param('id') id: string) {
    const revocation = uuid.safeParse(id).success ? await this.revocation.revoke(id) : undefined;
    if (revocation === undefined) throw new NoSuchId('key');
    const { key, isKnownEverywhere } = revocation;
    return { status: 'success', data: { ...bodyOfKey(key), isKnownEverywhere } };
  }
}

import { beforeEach, describe, expect, test } from '@jest/globals';
import type { LinkPreview, PreviewEntry } from '#libs/preview';
import { anEntry, aPreview } from '../../../../test/support/builders.js';
import { ManualClock } from '../../../../test/support/manual-clock.js';
import { PictureNotes } from './picture-notes.js';

const url = 'https://cdn.example/a.png';
const facts = { type: 'png', size: 1, width: 2, height: 3 };

/** A store of one copy, and what was told of it. */
class FakeStore {
  readonly published: PreviewEntry[] = [];

  constructor(public entry: PreviewEntry | undefined) {}

  async find(): Promise<PreviewEntry | undefined> {
    return this.entry;
  }

  async amend(held: PreviewEntry, preview: LinkPreview): Promise<PreviewEntry | undefined> {
    if (held.version !== this.entry?.version) return undefined;
    return (this.entry = { ...held, preview, version: held.version + 1 });
  }

  async publish(entry: PreviewEntry): Promise<void> {
    this.published.push(entry);
  }
}

describe('what was found out of a picture', () => {
  const held = anEntry({ preview: aPreview({ image: { url } }) });
  let store: FakeStore;

  beforeEach(() => {
    store = new FakeStore(held);
  });

  const add = () =>
    new PictureNotes(store, store, store, new ManualClock()).add(held, { image: { url, ...facts } });

  test('is added to the copy, and published', async () => {
    await add();
    expect(store.published).toMatchObject([{ version: 2, preview: { image: { url, ...facts } } }]);
  });

  test('is added to what somebody else has added meanwhile', async () => {
    await store.amend(held, aPreview({ image: { url, colors: null } }));
    await add();
    expect(store.entry).toMatchObject({ version: 3, preview: { image: { url, colors: null, ...facts } } });
  });

  test('is nothing to a page that has another picture by now, or is gone', async () => {
    const image = { url: 'https://cdn.example/b.png' };
    store.entry = { ...held, version: 2, preview: aPreview({ image }) };
    await add();
    store.entry = undefined;
    await add();
    expect(store.published).toEqual([]);
  });
});

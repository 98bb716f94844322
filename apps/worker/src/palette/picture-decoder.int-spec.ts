import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import sharp from 'sharp';
import { PictureDecoder, type PictureDecoderOptions } from './picture-decoder.js';

/** As it is built: a process runs no TypeScript. */
const SCRIPT = join(process.cwd(), 'dist/apps/worker/src/palette/decode.child.js');

let png: Buffer;
const decoders: PictureDecoder[] = [];
const folders: string[] = [];

beforeAll(async () => {
  const background = '#E1306C';
  png = await sharp({ create: { width: 40, height: 30, channels: 3, background } })
    .png()
    .toBuffer();
});

afterEach(() => {
  for (const decoder of decoders.splice(0)) decoder.beforeApplicationShutdown();
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

function aDecoder(options: PictureDecoderOptions = {}): PictureDecoder {
  const decoder = new PictureDecoder({ script: SCRIPT, ...options });
  decoders.push(decoder);
  return decoder;
}

/** One whose process does this to a picture. */
function aDecoderThat(script: string, timeoutMs?: number): PictureDecoder {
  const folder = mkdtempSync(join(tmpdir(), 'decoder-'));
  folders.push(folder);
  const path = join(folder, 'decode.mjs');
  writeFileSync(path, `process.on('message', (bytes) => { ${script} });`);
  return aDecoder({ script: path, ...(timeoutMs !== undefined && { timeoutMs }) });
}

describe('a decoder', () => {
  test('tells the colours of a picture, of as many as it is asked for at once', async () => {
    const decoder = aDecoder();
    const answers = await Promise.all(
      [png, Buffer.from('nothing'), png].map((bytes) => decoder.colorsOf(bytes)),
    );
    expect(answers.map((colors) => colors?.palette)).toEqual([['#E1306C'], undefined, ['#E1306C']]);
  });

  test('that takes too long is killed, and the next picture gets another', async () => {
    const decoder = aDecoderThat(`if (bytes.length > 1) for (;;); else process.send(process.pid);`, 1_000);
    const first: unknown = await decoder.colorsOf(Buffer.from('1'));
    await expect(decoder.colorsOf(Buffer.from('22'))).rejects.toThrow('aborted');
    const second: unknown = await decoder.colorsOf(Buffer.from('3'));
    expect(second).not.toBe(first);
    expect(() => process.kill(first as number, 0)).toThrow('ESRCH');
  });

  test('that breaks at a picture costs just that', async () => {
    const decoder = aDecoderThat(`bytes.length > 1 ? process.abort() : process.send(null);`);
    await expect(decoder.colorsOf(Buffer.from('22'))).rejects.toThrow('The decoder broke.');
    expect(await decoder.colorsOf(Buffer.from('1'))).toBeNull();
  });

  test('knows nothing of what its worker knows', async () => {
    process.env['A_SECRET'] = 'of the worker';
    const decoder = aDecoderThat(`process.send(Object.keys(process.env));`);
    const known: unknown = await decoder.colorsOf(png);
    delete process.env['A_SECRET'];
    expect(known).not.toContain('A_SECRET');
  });
});

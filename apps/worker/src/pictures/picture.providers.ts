import type { Provider } from '@nestjs/common';
import { PreviewCache } from '#libs/cache';
import { Clock } from '#libs/preview';
import { PreviewStoreReader, PreviewStoreWriter } from '#libs/store';
import type { Logger, Tracing } from '#libs/telemetry';
import { JobWatch } from '../metrics/job-watch.js';
import { PaletteFinder } from '../palette/palette-finder.js';
import { PaletteProcessor } from '../palette/palette.processor.js';
import { PictureDecoder } from '../palette/picture-decoder.js';
import { WorkSlots } from '../previews/work-slots.js';
import { consumerOptions } from '../queues/consumer-options.js';
import type { WorkerEnv } from '../worker.env.js';
import { PictureMeasurer } from './picture-measurer.js';
import { PictureNotes } from './picture-notes.js';
import { PoliteFetcher } from './polite-fetcher.js';

/** Who looks at a page's pictures, and at their colours. */
export function pictureProviders(env: WorkerEnv, logger: Logger, tracing?: Tracing): Provider[] {
  return [
    {
      provide: PictureNotes,
      inject: [PreviewStoreReader, PreviewStoreWriter, PreviewCache, Clock],
      useFactory: (
        reader: PreviewStoreReader,
        writer: PreviewStoreWriter,
        cache: PreviewCache,
        clock: Clock,
      ) => new PictureNotes(reader, writer, cache, clock),
    },
    {
      provide: PictureMeasurer,
      inject: [PoliteFetcher, PictureNotes, WorkSlots],
      useFactory: (fetcher: PoliteFetcher, notes: PictureNotes, slots: WorkSlots) =>
        new PictureMeasurer(fetcher, notes, slots, (error) => logger.debug('a picture', error)),
    },
    { provide: PictureDecoder, useFactory: () => new PictureDecoder() },
    {
      provide: PaletteFinder,
      inject: [PreviewStoreReader, PoliteFetcher, PictureDecoder, PictureNotes],
      useFactory: (
        reader: PreviewStoreReader,
        fetcher: PoliteFetcher,
        decoder: PictureDecoder,
        notes: PictureNotes,
      ) => new PaletteFinder(reader, fetcher, decoder, notes, (error) => logger.debug('a palette', error)),
    },
    ...(env.WORKER_QUEUES.includes('palettes') ? [paletteProcessor(env, logger, tracing)] : []),
  ];
}

function paletteProcessor(env: WorkerEnv, logger: Logger, tracing: Tracing | undefined): Provider {
  return {
    provide: PaletteProcessor,
    inject: [PaletteFinder, JobWatch],
    useFactory: (finder: PaletteFinder, jobs: JobWatch) =>
      new PaletteProcessor(finder, jobs, logger, { ...consumerOptions(env), tracing: tracing?.jobs }),
  };
}

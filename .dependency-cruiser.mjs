/**
 * Who may import whom. The table is in docs/architecture.md; here it fails the build.
 * Each row: a place, and all that it may import of ours besides itself.
 */
const ALLOWED = {
  'libs/settings': [],
  'libs/preview': [],
  'libs/forecast': ['libs/preview'],
  'libs/redis': ['libs/settings'],
  'libs/telemetry': [],
  'libs/cache': ['libs/preview', 'libs/redis', 'libs/settings'],
  'libs/jobs': ['libs/preview', 'libs/redis', 'libs/settings'],
  'libs/demand': ['libs/preview', 'libs/redis', 'libs/settings'],
  'libs/store': ['libs/preview', 'libs/settings'],
  'apps/gateway': ['libs/'],
  'apps/worker': ['libs/'],
  'apps/local': ['libs/settings'],
  'apps/cli': ['libs/settings'],
  bench: [
    'libs/',
    'apps/gateway/src/metrics/request-meter.ts',
    'apps/worker/src/extract/',
    'apps/worker/src/fetch/',
    'apps/worker/src/previews/freshness-policy.ts',
    'apps/worker/src/warming/',
    'apps/local/src/apt-install.ts',
    'apps/local/src/free-port.ts',
    'apps/local/src/give-way.ts',
    'apps/local/src/managed-process.ts',
    'apps/local/src/private-postgres.ts',
    'apps/local/src/private-redis.ts',
    'apps/local/src/redis-program.ts',
  ],
};

const SPEC = '\\.(spec|int-spec|e2e-spec)\\.ts$';

const table = Object.entries(ALLOWED).map(([place, allowed]) => ({
  name: `${place.replace('/', '-')}-imports`,
  severity: 'error',
  comment: `${place} may import ${allowed.length === 0 ? 'nothing of ours' : allowed.join(', ')}.`,
  from: { path: `^${place}/`, pathNot: SPEC },
  to: {
    path: '^(apps|libs|bench|test)/',
    pathNot: [place, ...allowed].map((path) => `^${path}${/(\/|\.ts)$/.test(path) ? '' : '/'}`),
  },
}));

/** @type {import('dependency-cruiser').IConfiguration} */
export default {
  forbidden: [
    ...table,
    {
      name: 'no-cycles',
      severity: 'error',
      comment: 'A circle of imports has no bottom to start reading from.',
      from: {},
      to: { circular: true },
    },
    {
      name: 'libs-by-name',
      severity: 'error',
      comment:
        "A library is imported by its name (#libs/<name>), so that its index.ts is the boundary. A relative path that leaves its project isn't.",
      from: { path: '^(apps|libs)/([^/]+)/', pathNot: SPEC },
      to: { path: '^libs/', pathNot: ['^$1/$2/', '/src/index\\.ts$'] },
    },
    {
      name: 'only-fetch-connects-outward',
      severity: 'error',
      comment: 'Only apps/worker/src/fetch opens a connection to a foreign address.',
      from: { path: '^(apps|libs)/', pathNot: ['^apps/worker/src/fetch/', SPEC] },
      to: { path: '(^|node_modules/)undici' },
    },
    {
      name: 'no-connections-of-its-own',
      severity: 'error',
      comment:
        'Neither the gateway nor a library opens connections but through the clients of Redis and Postgres.',
      from: {
        path: '^(apps/gateway|apps/worker|libs)/',
        // The first two after `fetch` ask what an address is, the last what may stand in a header; they connect to none.
        pathNot: [
          '^apps/worker/src/fetch/',
          '^libs/settings/src/networks\\.ts$',
          '^apps/gateway/src/access/caller-addresses\\.ts$',
          '^apps/gateway/src/previews/header-text\\.ts$',
          SPEC,
        ],
      },
      to: { path: '^(node:)?(http|https|http2|net|tls|dgram)$' },
    },
    {
      name: 'only-the-decoder-decodes',
      severity: 'error',
      comment: 'Pictures of strangers are decoded by C code: in the process for that, and in no other.',
      from: { path: '^(apps|libs)/', pathNot: ['^apps/worker/src/palette/thumbnail\\.ts$', SPEC] },
      to: { path: '(^|node_modules/)sharp(/|$)' },
    },
    {
      name: 'only-the-decoder-is-started-to-decode',
      severity: 'error',
      comment: 'What loads the decoding library is started as a process of its own, and never imported.',
      from: { path: '^(apps|libs)/', pathNot: ['^apps/worker/src/palette/decode\\.child\\.ts$', SPEC] },
      to: { path: '^apps/worker/src/palette/thumbnail\\.ts$' },
    },
    {
      name: 'pure-folders',
      severity: 'error',
      comment: 'Pure folders decide; they neither know Nest nor do I/O.',
      from: {
        path: '^(libs/preview|libs/forecast|apps/worker/src/extract)/',
        pathNot: [SPEC, '\\.cli\\.ts$'],
      },
      to: {
        path: [
          'node_modules/(@nestjs|typeorm|bullmq|ioredis|@redis|undici|fastify)/',
          '^(node:)?(fs|net|http|https|dns|child_process|tls)(/|$)',
        ],
      },
    },
    {
      name: 'test-support-for-specs',
      severity: 'error',
      comment: 'Only specs (and test support itself) import test/support.',
      from: { pathNot: [SPEC, '^test/'] },
      to: { path: '^test/' },
    },
  ],
  options: {
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    doNotFollow: { path: 'node_modules' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['source', 'import', 'node', 'default', 'types'],
      mainFields: ['module', 'main', 'types'],
    },
  },
};

const REQUIRED_MODULES = 'cookie|content-disposition';

/** What the lanes share: TypeScript by SWC, as ES modules, libraries from their sources. */
const shared = {
  rootDir: '.',
  testEnvironment: 'node',
  extensionsToTreatAsEsm: ['.ts'],
  testEnvironmentOptions: { customExportConditions: ['source', 'node', 'node-addons'] },
  transform: {
    '^.+\\.ts$': '@swc/jest',
    // ES modules that Fastify's plugins require: Node can, Jest can't.
    [`/node_modules/(${REQUIRED_MODULES})/.+\\.js$`]: [
      '@swc/jest',
      { swcrc: false, module: { type: 'commonjs' } },
    ],
  },
  transformIgnorePatterns: [`/node_modules/(?!(${REQUIRED_MODULES})/)`],
  moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': ['$1.ts', '$1.js'] },
  modulePathIgnorePatterns: ['<rootDir>/dist/', '<rootDir>/.warmlink/'],
};

/** Three lanes, told by suffix: no I/O; real private servers; the two applications as processes. */
export default {
  testTimeout: 240_000, // a bound on hanging, not on speed: what takes five seconds may take a busy machine a minute
  projects: [
    { ...shared, displayName: 'unit', testRegex: '(?<!int-|e2e-)spec\\.ts$' },
    {
      ...shared,
      displayName: 'integration',
      testRegex: '\\.int-spec\\.ts$',
      globalSetup: '<rootDir>/test/support/start-servers.mjs',
      globalTeardown: '<rootDir>/test/support/stop-servers.mjs',
    },
    {
      ...shared,
      displayName: 'e2e',
      testRegex: '\\.e2e-spec\\.ts$',
      globalSetup: '<rootDir>/test/support/start-servers.mjs',
      globalTeardown: '<rootDir>/test/support/stop-servers.mjs',
    },
  ],
};

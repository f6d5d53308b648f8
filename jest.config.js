/** What lies on the far side of the API or of Temporal: no database can tell. It runs once, with the embedded one. */
const FAR_FROM_DATABASES = [
  'architecture/',
  'replay/',
  'integration/cli-people',
  'integration/endpoint-faults',
  'integration/examples',
  'integration/mounted',
  'integration/odd-input',
  'integration/search-attributes',
].map((name) => `<rootDir>/test/${name}`);

/** Suites with scripts of their own, which say by TEST_SUITE which one they are: a folder of test/ each. */
const OWN_SUITES = ['browser', 'image', 'package'];
const suite = process.env.TEST_SUITE;

/** What of the ordinary tests is left out: they run twice. */
const ORDINARY_IGNORED = [
  ...OWN_SUITES.map((name) => `<rootDir>/test/${name}/`),
  // What needs a Postgres server runs with `npm run test:postgres`.
  // What kills the embedded service and its own database runs without one.
  ...(process.env.TEST_DATABASE_URL
    ? ['<rootDir>/test/chaos/kill-service', '<rootDir>/test/chaos/kill-database', ...FAR_FROM_DATABASES]
    : ['<rootDir>/test/postgres/', '<rootDir>/test/chaos/kill-process']),
];

/** The whole suite runs as ESM on the sources; types are checked separately by `npm run check:types`. */
export default {
  testEnvironment: 'node',
  testEnvironmentOptions: { customExportConditions: ['durable-assistants-source', 'node', 'node-addons'] },
  extensionsToTreatAsEsm: ['.ts'],
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      { jsc: { parser: { syntax: 'typescript' }, target: 'es2023' }, module: { type: 'es6' }, sourceMaps: 'inline' },
    ],
  },
  testMatch: [suite ? `<rootDir>/test/${suite}/**/*.test.ts` : '<rootDir>/test/**/*.test.ts'],
  testPathIgnorePatterns: suite ? [] : ORDINARY_IGNORED,
  modulePathIgnorePatterns: ['<rootDir>/dist/'],
  setupFilesAfterEnv: ['<rootDir>/test/helpers/contract/watch.ts'],
  testTimeout: 60_000,
  maxWorkers: 2,
  reporters: ['default', '<rootDir>/test/helpers/closing-line-reporter.js'],
};

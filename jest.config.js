/**
 * What no other database can tell, since it lies on the far side of the API or of Temporal, as all of the orchestrator does. It
 * runs once, with the embedded one.
 */
const FAR_FROM_DATABASES = [
  'architecture/',
  'conformance/',
  'replay/',
  'unit/',
  'acceptance/frameworks',
  'chaos/kill-service',
  'chaos/kill-database',
  'integration/cli-mistakes',
  'integration/cli-people',
  'integration/endpoint-faults',
  'integration/examples',
  'integration/failing-worker',
  'integration/foreign-pages',
  'integration/half-characters',
  'integration/mounted',
  'integration/odd-input',
  'integration/orchestrate-run',
  'integration/people',
  'integration/pglite-server',
  'integration/run-policies',
  'integration/search-attributes',
  'integration/sessions',
  'integration/start-wait',
].map((name) => `<rootDir>/test/${name}`);

/** What needs a Postgres server, of its own or the one that the suite runs on. */
const ON_POSTGRES_ALONE = ['postgres/', 'chaos/kill-process', 'chaos/kill-streams'].map((name) => `<rootDir>/test/${name}`);

/** Long ones that have no part to be a sample of: run in CI, with TEST_EXTENT=whole. */
const NOT_IN_SAMPLES = [
  'acceptance/frameworks',
  'architecture/environment',
  'integration/cli-people',
  'integration/cli-mistakes',
  'integration/examples',
  'integration/lost-temporal',
  'integration/many-runs',
  'integration/many-streams',
  'integration/mounted',
  'integration/plans',
  'integration/sdk-heartbeats',
  'integration/search-attributes',
].map((name) => `<rootDir>/test/${name}`);

/** Suites with scripts of their own, which say by TEST_SUITE which one they are: a folder of test/ each. */
const OWN_SUITES = ['browser', 'fixtures', 'image', 'package'];
const suite = process.env.TEST_SUITE;

/** What of the ordinary tests is left out: they run twice. */
const ORDINARY_IGNORED = [
  ...OWN_SUITES.map((name) => `<rootDir>/test/${name}/`),
  ...(process.env.TEST_DATABASE_URL ? FAR_FROM_DATABASES : ON_POSTGRES_ALONE),
  ...(process.env.TEST_EXTENT === 'whole' ? [] : NOT_IN_SAMPLES),
];

/** The tests run as ESM on the sources; types are checked separately by `npm run check:types`. */
const onSources = {
  testEnvironment: '<rootDir>/test/helpers/environment.js',
  testEnvironmentOptions: { customExportConditions: ['durable-assistants-source', 'node', 'node-addons'] },
  extensionsToTreatAsEsm: ['.ts'],
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      { jsc: { parser: { syntax: 'typescript' }, target: 'es2023' }, module: { type: 'es6' }, sourceMaps: 'inline' },
    ],
  },
  modulePathIgnorePatterns: ['<rootDir>/dist/'],
  setupFilesAfterEnv: ['<rootDir>/test/helpers/contract/watch.ts'],
};

/** They need neither Temporal nor a database: `npm run test:unit` answers in seconds. */
const unit = {
  ...onSources,
  displayName: 'unit',
  testMatch: ['<rootDir>/test/unit/**/*.test.ts'],
  testPathIgnorePatterns: ORDINARY_IGNORED,
};

/** They share one Temporal server, which is started before them. */
const services = {
  ...onSources,
  displayName: 'services',
  testMatch: ['<rootDir>/test/**/*.test.ts'],
  testPathIgnorePatterns: ['<rootDir>/test/unit/', ...ORDINARY_IGNORED],
  globalSetup: '<rootDir>/test/helpers/temporal/global-setup.ts',
  globalTeardown: '<rootDir>/test/helpers/temporal/global-teardown.ts',
};

const own = { ...onSources, displayName: suite, testMatch: [`<rootDir>/test/${suite}/**/*.test.ts`] };

export default {
  projects: suite === undefined ? [unit, services] : [own],
  testTimeout: 60_000 * Number(process.env.TEST_TIME_FACTOR ?? 1),
  // A sample waits more than it computes.
  maxWorkers: process.env.TEST_EXTENT === 'whole' ? 2 : 3,
  reporters: ['default', '<rootDir>/test/helpers/closing-line-reporter.js'],
};

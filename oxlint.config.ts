import { defineConfig } from 'oxlint';

/** What settings, metrics and programs are made of; with the workers, everything below the command line. */
const BELOW_PROGRAMS = ['schemas', 'contracts', 'domain', 'environment', 'temporal', 'store', 'providers', 'client', 'server'];
const WORKERS = ['tools', 'activities', 'workers'];

/**
 * Which layer may import which (docs/design/architecture.md). A layer that is not listed here may not be imported; types may
 * come from `types` as well.
 */
const LAYERS: Record<string, { values: string[]; types: string[]; packages?: string[] }> = {
  schemas: { values: [], types: [] },
  contracts: { values: ['schemas'], types: ['domain'] },
  domain: { values: ['schemas'], types: [] },
  environment: { values: ['contracts'], types: [] },
  temporal: { values: ['contracts', 'environment'], types: [] },
  workflows: { values: ['contracts', 'domain'], types: ['schemas'] },
  activities: { values: ['contracts', 'schemas', 'domain', 'tools', 'store', 'providers'], types: [] },
  workers: { values: ['activities', 'contracts', 'environment', 'store', 'providers', 'temporal', 'tools'], types: [] },
  client: { values: ['contracts', 'schemas', 'domain', 'environment', 'temporal'], types: [] },
  tools: { values: ['schemas', 'contracts'], types: [] },
  server: { values: ['schemas', 'contracts', 'domain', 'store', 'temporal'], types: ['providers'] },
  store: { values: ['schemas', 'contracts', 'domain'], types: [] },
  providers: { values: ['schemas', 'domain'], types: [] },
  programs: { values: [...BELOW_PROGRAMS, ...WORKERS], types: [] },
  operations: { values: [...BELOW_PROGRAMS, 'programs'], types: ['activities'] },
  embedded: { values: [...BELOW_PROGRAMS, ...WORKERS, 'programs', 'operations'], types: [] },
  cli: { values: [...BELOW_PROGRAMS, ...WORKERS, 'programs', 'operations', 'embedded'], types: [] },
  examples: { values: [], types: [] },
};

/** Packages that have no business in a layer, besides Node's own modules in pure ones. */
const PACKAGES: Record<string, string[]> = {
  workflows: [
    'node:*',
    'zod',
    'openai',
    'openai/*',
    'pg',
    'kysely',
    'fastify',
    '@temporalio/client',
    '@temporalio/worker',
    '@temporalio/activity',
  ],
  domain: ['node:*', 'zod', 'openai', 'openai/*', 'pg', 'kysely', 'fastify', '@temporalio/*'],
  contracts: ['node:*', 'openai', 'openai/*', 'pg', 'kysely', 'fastify', '@temporalio/client', '@temporalio/worker'],
  schemas: ['node:*', 'openai', 'openai/*', 'pg', 'kysely', 'fastify', '@temporalio/*'],
  client: ['pg', 'kysely', 'fastify', 'openai', 'openai/*', '@electric-sql/*', '@temporalio/worker'],
  tools: ['pg', 'kysely', 'fastify', 'openai', 'openai/*', '@electric-sql/*', '@temporalio/worker', '@temporalio/client'],
  server: ['pg', 'openai', 'openai/*', '@electric-sql/*', '@temporalio/worker'],
  store: ['openai', 'openai/*', 'fastify', '@temporalio/*'],
};

const layers = Object.keys(LAYERS);
const inside = (names: string[]): string[] =>
  names.flatMap((name) => [`../${name}/**`, `../../${name}/**`, `../../../${name}/**`]);

const boundaries = Object.entries(LAYERS).map(([layer, { values, types }]) => {
  const others = layers.filter((name) => name !== layer);
  const never = others.filter((name) => !values.includes(name) && !types.includes(name));
  const patterns = [
    { group: inside(never), message: `${layer}/ may not import from there: see docs/design/architecture.md.` },
    ...(types.length > 0
      ? [{ group: inside(types), allowTypeImports: true, message: `${layer}/ may import only types from there.` }]
      : []),
    ...(PACKAGES[layer]
      ? [{ group: PACKAGES[layer], allowTypeImports: true, message: `${layer}/ does without this package.` }]
      : []),
  ];
  return {
    files: [`${layer}/**/*.ts`],
    rules: { 'no-restricted-imports': ['error', { patterns }] as ['error', { patterns: typeof patterns }] },
  };
});

export default defineConfig({
  plugins: ['typescript', 'import', 'unicorn', 'promise', 'node'],
  categories: { correctness: 'error', suspicious: 'error', perf: 'error' },
  ignorePatterns: ['dist/**', 'node_modules/**'],
  rules: {
    'typescript/no-explicit-any': 'error',
    // Parsed JSON and rows are asserted once, at the border where they come in.
    'typescript/no-unsafe-type-assertion': 'off',
    'typescript/unbound-method': 'off',
    'typescript/no-floating-promises': 'error',
    'typescript/no-misused-promises': ['error', { checksVoidReturn: false }],
    'typescript/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
    // The compiler's noImplicitReturns knows exhaustive switches.
    'typescript/consistent-return': 'off',
    'consistent-return': 'off',
    'no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
    'typescript/consistent-type-imports': 'error',
    'import/no-cycle': 'error',
    eqeqeq: ['error', 'always', { null: 'ignore' }],
    // Loops over awaits are often meant: one after another.
    'no-await-in-loop': 'off',
    'no-shadow': 'off',
    'max-lines': ['error', 250],
    'max-lines-per-function': ['error', 80],
    'max-params': ['error', { max: 5 }],
    // Rows and options are built with spreads of what is set.
    'oxc/no-map-spread': 'off',
    'unicorn/no-array-sort': 'error',
    'import/no-unassigned-import': 'off',
    // Errors are turned into typed ones, whose cause is given by the factory.
    'promise/always-return': 'off',
    'unicorn/prefer-event-target': 'off',
  },
  overrides: [
    ...boundaries,
    {
      // They are bundled with the workflows.
      files: ['temporal/converters/**'],
      rules: {
        'no-restricted-imports': [
          'error',
          {
            patterns: [
              { group: PACKAGES['domain']!.filter((name) => !['@temporalio/*', 'node:*'].includes(name)) },
              { group: ['@temporalio/worker', '@temporalio/client', '@temporalio/activity', '../*.ts', '../../**'] },
            ],
          },
        ],
      },
    },
    { files: ['schemas/**', 'contracts/**', 'domain/**', 'workflows/**'], rules: { 'node/no-process-env': 'error' } },
    {
      files: ['test/**'],
      rules: {
        'unicorn/consistent-function-scoping': 'off',
        'max-lines': ['error', 500],
        // A describe is one function.
        'max-lines-per-function': 'off',
        // Rows of test.each.
        'max-params': 'off',
      },
    },
  ],
});

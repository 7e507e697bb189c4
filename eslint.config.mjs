import tseslint from 'typescript-eslint'

/** Clock and chance, which tests must be able to fake. */
const CLOCK = ['Date', 'performance', 'setTimeout', 'setInterval', 'clearTimeout', 'clearInterval', 'requestAnimationFrame']
/** What a browser alone has. */
const BROWSER = [
  'navigator',
  'window',
  'document',
  'location',
  'localStorage',
  'sessionStorage',
  'RTCPeerConnection',
  'WebSocket',
  'BroadcastChannel',
  'crypto',
  'fetch',
]

const globalsBanned = (names, message) => ({
  'no-restricted-globals': [
    'error',
    { globals: names.map((name) => ({ name, message })), checkGlobalObject: true },
  ],
  'no-restricted-properties': ['error', { object: 'Math', property: 'random', message }],
})

const DEFAULT_EXPORT = { selector: 'ExportDefaultDeclaration', message: 'Named exports only.' }
const SWITCHED_OFF = {
  selector:
    'MemberExpression[object.name=/^(it|test|describe)$/][property.name=/^(skip|only|todo|fails|skipIf|runIf)$/], CallExpression[callee.name=/^(xit|xdescribe|fit)$/]',
  message: 'Every test runs, always.',
}

export default tseslint.config(
  {
    // Each folder below tests/gates is a small project that breaks a rule on purpose.
    ignores: ['**/node_modules', '**/dist', '**/.tmp', 'docs/site', 'coverage', 'tests/gates/*/**', 'tests/results'],
  },
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.recommendedTypeChecked],
    languageOptions: { parserOptions: { projectService: true } },
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    rules: {
      // `== null` asks for null and undefined at once.
      eqeqeq: ['error', 'always', { null: 'ignore' }],
      'no-console': 'error',
      'object-shorthand': 'error',
      'prefer-const': ['error', { destructuring: 'all' }],
      semi: ['error', 'never'],
      'no-restricted-syntax': ['error', DEFAULT_EXPORT, SWITCHED_OFF],
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-non-null-assertion': 'error',
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
      '@typescript-eslint/consistent-type-exports': 'error',
      '@typescript-eslint/explicit-module-boundary-types': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      '@typescript-eslint/no-deprecated': 'error',
      '@typescript-eslint/no-unnecessary-template-expression': 'error',
      '@typescript-eslint/no-unnecessary-type-arguments': 'error',
      '@typescript-eslint/no-unnecessary-boolean-literal-compare': 'error',
      '@typescript-eslint/prefer-readonly': 'error',
      '@typescript-eslint/use-unknown-in-catch-callback-variable': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', ignoreRestSiblings: true }],
      // `quietly` marks a rejection as seen.
      '@typescript-eslint/no-floating-promises': [
        'error',
        { allowForKnownSafeCalls: [{ from: 'file', path: 'src/base/wait.ts', name: 'quietly' }] },
      ],
      // Listeners of our emitter may return a promise; everything else that drops one is an error.
      '@typescript-eslint/no-misused-promises': ['error', { checksVoidReturn: { arguments: false, attributes: false } }],
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      // What collaborators are handed (a Runtime, a sink) is made of arrow functions and is taken apart where it arrives.
      '@typescript-eslint/unbound-method': 'off',
      // A port's method may have nothing to wait for and still must answer with a promise, also when it throws.
      '@typescript-eslint/require-await': 'off',
      // `signal.reason` is whatever the host aborted with, and has to arrive as it is.
      '@typescript-eslint/prefer-promise-reject-errors': ['error', { allowThrowingAny: true, allowThrowingUnknown: true }],
      '@typescript-eslint/only-throw-error': ['error', { allowThrowingAny: true, allowThrowingUnknown: true }],
    },
  },
  {
    files: ['src/**/*.ts', 'adapters/**/*.ts', 'server/src/**/*.ts'],
    ignores: ['**/*.test.ts'],
    rules: { 'max-lines': ['error', { max: 300, skipBlankLines: true, skipComments: true }] },
  },
  {
    files: ['src/**/*.ts'],
    ignores: ['src/base/runtime.ts', 'src/testing/**', '**/*.test.ts'],
    rules: globalsBanned([...CLOCK, ...BROWSER], 'Take it from the Runtime (src/base/runtime.ts).'),
  },
  {
    // They are the bridge to the browser's own objects; time and chance stay the session's.
    files: ['adapters/**/*.ts'],
    ignores: ['**/*.test.ts'],
    rules: globalsBanned(['Date', 'performance', 'setInterval'], 'Time and chance belong to the session above the transport.'),
  },
  {
    files: ['src/base/{log,emitter}.ts', 'server/src/cli.ts', 'scripts/**', 'bench/**', 'examples/**', 'tests/**'],
    rules: { 'no-console': 'off' },
  },
  {
    files: ['**/index.ts'],
    ignores: ['server/**', 'examples/**', 'tests/**'],
    rules: {
      'no-restricted-syntax': [
        'error',
        DEFAULT_EXPORT,
        { selector: 'Program > :not(ExportNamedDeclaration[source], ExportAllDeclaration)', message: 'An index re-exports and defines nothing.' },
      ],
    },
  },
  {
    // Tests reach into fakes and hand in what no type would allow.
    files: ['**/*.test.ts', 'tests/**/*.ts', 'src/testing/**/*.ts'],
    rules: {
      '@typescript-eslint/explicit-module-boundary-types': 'off',
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/no-unsafe-argument': 'off',
      '@typescript-eslint/no-unsafe-return': 'off',
      '@typescript-eslint/no-unsafe-call': 'off',
      '@typescript-eslint/no-base-to-string': 'off',
      '@typescript-eslint/no-redundant-type-constituents': 'off',
      '@typescript-eslint/only-throw-error': 'off',
      '@typescript-eslint/prefer-promise-reject-errors': 'off',
    },
  },
  {
    // The tools ask for a default export.
    files: ['**/*.config.ts'],
    rules: { 'no-restricted-syntax': ['error', SWITCHED_OFF] },
  },
)

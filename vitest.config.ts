import { playwright } from '@vitest/browser-playwright'
import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'
import { entriesOf } from './scripts/entries.ts'
import { CHROMIUM, FIREFOX } from './tests/setup/browsers.ts'

const at = (path: string): string => fileURLToPath(new URL(path, import.meta.url))

/** `tsunagu` means the sources here, so that no test waits for a build. */
const alias = [
  ...entriesOf(at('.')).map(({ name, source }) => ({ find: new RegExp(`^${name}$`), replacement: at(source) })),
  { find: /^tsunagu-server$/, replacement: at('server/src/index.ts') },
]

/** Two at a time would disturb each other's times. */
const alone = { fileParallelism: false, retry: 0 }

/** What measures times itself. The others wait for what is to come, however long it takes, and two of them share the machine. */
const MEASURING = ['lip-sync', 'session-cuts', 'setup-time'].map((name) => `tests/e2e/${name}.e2e.test.ts`)

const e2e = {
  globalSetup: ['tests/setup/pulseaudio.ts'],
  testTimeout: 60_000,
  hookTimeout: 60_000,
  retry: 0,
  isolate: false,
}

export default defineConfig({
  test: {
    reporters: ['default'],
    projects: [
      {
        resolve: { alias },
        test: {
          name: 'unit',
          include: ['{src,adapters,server/src,scripts,bench}/**/*.test.ts'],
          environment: 'node',
          isolate: false,
        },
      },
      {
        resolve: { alias },
        test: {
          name: 'examples',
          include: ['examples/*/{src,tests}/**/*.test.ts'],
          environment: 'jsdom',
        },
      },
      {
        resolve: { alias },
        test: { name: 'fuzz', include: ['tests/fuzz/**/*.test.ts'], exclude: ['**/*.{browser,e2e}.test.ts'], testTimeout: 60_000 },
      },
      {
        test: { name: 'gates', include: ['tests/gates/*.test.ts'], testTimeout: 60_000, maxConcurrency: 2 },
      },
      {
        test: { name: 'package', include: ['tests/package/**/*.test.ts'], testTimeout: 120_000, hookTimeout: 120_000 },
      },
      { test: { name: 'e2e', include: ['tests/{e2e,fuzz}/**/*.e2e.test.ts'], exclude: MEASURING, maxWorkers: 2, sequence: { groupOrder: 1 }, ...e2e } },
      { test: { name: 'e2e-measuring', include: MEASURING, sequence: { groupOrder: 2 }, ...e2e, ...alone } },
      {
        resolve: { alias },
        test: {
          name: 'browser',
          include: ['tests/{browser,fuzz}/**/*.browser.test.ts'],
          globalSetup: ['tests/setup/pulseaudio.ts', 'tests/setup/echo-server.ts'],
          testTimeout: 30_000,
          ...alone,
          browser: {
            enabled: true,
            headless: true,
            screenshotFailures: false,
            api: { host: '127.0.0.1' },
            instances: [
              { browser: 'chromium', provider: playwright({ launchOptions: CHROMIUM }) },
              { browser: 'firefox', provider: playwright({ launchOptions: FIREFOX }) },
            ],
          },
        },
      },
    ],
  },
})

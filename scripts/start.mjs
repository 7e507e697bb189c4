/**
 * `npm start`: builds what is out of date and serves everything from one process: signaling on /signal, the gallery of examples
 * on /, each example on /examples/<name>/. `--watch` (`npm run dev`) serves the sources instead and reloads on a change.
 *
 * PORT (8080; 0 takes a free one), HOST (127.0.0.1), TLS_KEY and TLS_CERT (files in PEM: other machines get a camera by https only),
 * ICE_URLS (comma-separated `stun:` addresses, for calls across networks).
 */
import { spawn } from 'node:child_process'
import { createReadStream, existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { createServer as createHttp } from 'node:http'
import { createServer as createHttps } from 'node:https'
import { createRequire } from 'node:module'
import { extname, join, normalize, sep } from 'node:path'
import { pipeline } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { loadMarkdown } from './markdown.mjs'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
const EXAMPLES = join(ROOT, 'examples')
const GALLERY = 'gallery'

const TYPES = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.json': 'application/json; charset=utf-8',
  '.map': 'application/json; charset=utf-8',
  '.wasm': 'application/wasm',
  // Where no page can be made of it: browsers show plain text, and offer Markdown for download.
  '.md': 'text/plain; charset=utf-8',
}

const HEADERS = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; media-src 'self' blob:; connect-src 'self'; " +
    "manifest-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types segmenter",
  'permissions-policy': 'camera=(self), microphone=(self), display-capture=(self), speaker-selection=(self), geolocation=()',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'cross-origin-opener-policy': 'same-origin',
}

/**
 * A worker has a policy of its own, that of its file: one may compile WebAssembly without the page being allowed to. What it loads are
 * libraries that know nothing of trusted types.
 */
const WORKER = /\.worker-[\w-]+\.js$/
const WORKER_POLICY = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self'"

/** Each example with the address it is served under; the longest address first. */
const examples = () =>
  readdirSync(EXAMPLES)
    .filter((name) => existsSync(join(EXAMPLES, name, 'index.html')))
    .map((name) => ({ name, folder: join(EXAMPLES, name), base: name === GALLERY ? '/' : `/examples/${name}/` }))
    .sort((a, b) => b.base.length - a.base.length)

const run = (...args) =>
  new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, { cwd: ROOT, stdio: ['ignore', 'inherit', 'inherit'] })
    child.on('error', reject)
    child.on('exit', (code) => (code === 0 ? resolve() : reject(new Error(`${args.join(' ')} ended with ${code}.`))))
  })

const newest = (path) =>
  !existsSync(path)
    ? 0
    : statSync(path).isDirectory()
      ? Math.max(0, ...readdirSync(path).map((name) => newest(join(path, name))))
      : statSync(path).mtimeMs

/** An example is out of date when its own files, the shared look or the SDK are newer than its build. */
const isStale = ({ folder }) => {
  const built = newest(join(folder, 'dist', 'index.html'))
  const sources = ['src', 'public', 'index.html', 'vite.config.ts'].map((name) => join(folder, name))
  return [...sources, join(EXAMPLES, 'quickstart', 'src', 'styles'), join(ROOT, 'dist')].some((path) => newest(path) > built)
}

const buildExamples = async () => {
  const stale = examples().filter(isStale)
  if (!stale.length) return
  const { build } = await import('vite')
  for (const { name, folder } of stale) {
    console.log(`Building ${name}…`)
    await build({ root: folder, configFile: join(folder, 'vite.config.ts'), logLevel: 'warn' })
  }
}

/** The file for a path inside a folder, or `undefined`: nothing outside of it can be reached. */
const fileIn = (folder, path) => {
  const file = normalize(join(folder, path.endsWith('/') ? `${path}index.html` : path))
  return file.startsWith(folder + sep) && existsSync(file) && statSync(file).isFile() ? file : undefined
}

const pathOf = (request) => {
  try {
    return decodeURIComponent(new URL(request.url, 'http://localhost').pathname)
  } catch {
    return '/'
  }
}

const refuse = (response, status, text, headers = {}) =>
  response.writeHead(status, { ...HEADERS, 'content-type': 'text/plain; charset=utf-8', ...headers }).end(`${text}\n`)

/** The documents, and before them what their pages look like. */
const DOCS = [
  { base: '/docs/tokens/', folder: join(EXAMPLES, 'quickstart', 'src', 'styles') },
  { base: '/docs/look/', folder: join(ROOT, 'scripts', 'docs-look') },
  { base: '/docs/', folder: join(ROOT, 'docs') },
]
const built = () => examples().map(({ base, folder }) => ({ base, folder: join(folder, 'dist') }))

/** Serves files out of folders, each under its own address; Markdown as a page where there is something to make one with. */
const serveFiles =
  (mounts, markdown) =>
  (request, response) => {
    if (request.method !== 'GET' && request.method !== 'HEAD') return refuse(response, 405, 'Only GET and HEAD.', { allow: 'GET, HEAD' })
    const path = pathOf(request)
    if (mounts.some(({ base }) => base === `${path}/`)) return refuse(response, 301, 'It has a slash at its end.', { location: `${path}/` })
    const mount = mounts.find(({ base }) => path.startsWith(base))
    const file = mount && fileIn(mount.folder, path.slice(mount.base.length - 1))
    if (!file) return refuse(response, 404, 'There is nothing at this address.')
    const page = extname(file) === '.md' && markdown ? Buffer.from(markdown(path, readFileSync(file, 'utf8'))) : undefined
    response.writeHead(200, {
      ...HEADERS,
      ...(WORKER.test(file) && { 'content-security-policy': WORKER_POLICY }),
      'content-type': TYPES[page ? '.html' : extname(file)] ?? 'application/octet-stream',
      'content-length': page?.length ?? statSync(file).size,
      // Assets carry a hash of their content in their name.
      'cache-control': path.includes('/assets/') ? 'public, max-age=31536000, immutable' : 'no-cache',
    })
    if (request.method === 'HEAD') response.end()
    else if (page) response.end(page)
    else pipeline(createReadStream(file), response, () => undefined)
  }

/** Serves the sources through Vite, which reloads the page on a change; also on a change of the SDK itself. */
const serveSources = async (http, markdown) => {
  const { createServer } = await import('vite')
  const { entriesOf } = await import('tsx/esm/api').then(({ tsImport }) => tsImport('./entries.ts', import.meta.url))
  const alias = entriesOf(ROOT).map(({ name, source }) => ({ find: new RegExp(`^${name}$`), replacement: join(ROOT, source) }))
  const open = ({ base, folder }) =>
    createServer({
      root: folder,
      base,
      // No page for an address that there is none at.
      appType: 'mpa',
      configFile: join(folder, 'vite.config.ts'),
      logLevel: 'warn',
      resolve: { alias },
      server: { middlewareMode: true, ws: { server: http }, fs: { allow: [ROOT] } },
    })
  const mounts = await Promise.all(examples().map(async (example) => ({ ...example, vite: await open(example) })))
  const docs = serveFiles(DOCS, markdown)
  return {
    handle: (request, response) => {
      if (pathOf(request).startsWith('/docs/')) return docs(request, response)
      const mount = mounts.find(({ base }) => pathOf(request).startsWith(base))
      if (mount) return mount.vite.middlewares(request, response, () => refuse(response, 404, 'There is nothing at this address.'))
      return refuse(response, 404, 'There is nothing at this address.')
    },
    close: () => Promise.all(mounts.map(({ vite }) => vite.close())),
  }
}

const listen = (http, port, host) =>
  new Promise((resolve, reject) => {
    http.once('error', reject)
    http.listen(port, host, () => {
      http.off('error', reject)
      resolve()
    })
  })

const why = (error, port, host) => {
  if (error.code === 'EADDRINUSE') return `Port ${port} is taken by another program. Choose another: PORT=${port + 1} npm start`
  if (error.code === 'EACCES') return `Port ${port} may not be used without more rights. Choose one from 1024: PORT=8080 npm start`
  return `Cannot listen on ${host} port ${port}: ${error.message}`
}

const start = async () => {
  const watch = process.argv.includes('--watch')
  const { PORT = '8080', HOST = '127.0.0.1', TLS_KEY, TLS_CERT, ICE_URLS } = process.env
  const port = Number(PORT)
  if (!Number.isInteger(port) || port < 0 || port > 65_535) throw new Error(`PORT is no port: ${PORT}`)

  console.log('Building what has changed…')
  await run(createRequire(import.meta.url).resolve('tsx/cli'), join(ROOT, 'scripts', 'build.ts'))
  if (!watch) await buildExamples()

  const http = TLS_KEY && TLS_CERT ? createHttps({ key: readFileSync(TLS_KEY), cert: readFileSync(TLS_CERT) }) : createHttp()
  const markdown = await loadMarkdown()
  const sources = watch ? await serveSources(http, markdown) : undefined
  http.on('request', sources?.handle ?? serveFiles([...DOCS, ...built()], markdown))

  const { createServer } = await import('tsunagu-server')
  const quiet = () => undefined
  const signaling = await createServer({
    // A demo: everybody is who they say they are.
    guests: true,
    ...(ICE_URLS && { iceServers: ICE_URLS.split(',').map((urls) => ({ urls })) }),
    logger: { debug: quiet, info: quiet, warn: (text) => console.warn(`  ! ${text}`), error: (text, more) => console.error(`  ! ${text}`, more ?? '') },
  })
  signaling.attach(http)

  try {
    await listen(http, port, HOST)
  } catch (error) {
    await Promise.all([signaling.close(), sources?.close()])
    throw new Error(why(error, port, HOST), { cause: error })
  }
  let ending = false
  const end = async () => {
    if (ending) process.exit(1)
    ending = true
    await Promise.all([signaling.close(), sources?.close()])
    http.close()
    http.closeAllConnections()
  }
  process.on('SIGINT', end)
  process.on('SIGTERM', end)

  const address = new URL(signaling.url).origin.replace('127.0.0.1', HOST.includes('.') && HOST !== '0.0.0.0' ? HOST : '127.0.0.1')
  console.log(`\n  Tsunagu is running on ${address}\n`)
  for (const { name, base } of examples().reverse()) console.log(`    ${name.padEnd(12)} ${address}${base}`)
  console.log(`\n  Open it in two windows.${watch ? ' Changes of server/ need a restart.' : ''} Ctrl+C ends it.\n`)
}

try {
  await start()
} catch (error) {
  console.error(`\n  ${error.message}\n`)
  process.exit(1)
}

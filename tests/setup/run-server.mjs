// A server as a script of an app's own starts it, for tests that need options the command has not: it tells over IPC where it
// listens, and how much went through each door whenever it is asked. Ends with whoever started it.
import { createServer } from '../../server/dist/index.js'

const server = await createServer({ port: 0, guests: true, allowedOrigins: ['*'], ...JSON.parse(process.env.SERVER_OPTIONS ?? '{}') })
process.on('message', (what) => process.send(what === 'counters' ? { ...server.counters, rssBytes: process.memoryUsage.rss() } : server.stats()))
process.on('disconnect', () => void server.close())
process.send({ url: server.url })

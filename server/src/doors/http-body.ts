import type { IncomingMessage } from 'node:http'

/** Why a body could not be taken: it has the wrong type, is longer than there is room for, is no JSON object, or its sender left in its middle. */
export type BodyProblem = 'type' | 'length' | 'shape' | 'gone'

const UTF8 = new TextDecoder('utf-8', { fatal: true })

const parsed = (body: Buffer): Readonly<Record<string, unknown>> | undefined => {
  try {
    const value: unknown = JSON.parse(UTF8.decode(body))
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : undefined
  } catch {
    return undefined
  }
}

/**
 * Reads the JSON object in a request's body as it comes in. `take` is asked for room for every piece before it is kept, so
 * that nobody can announce little and send much.
 */
export const readJson = (
  request: IncomingMessage,
  take: (sizeBytes: number) => boolean,
): Promise<Readonly<Record<string, unknown>> | BodyProblem> =>
  new Promise((resolve) => {
    // What `fetch` calls a string, or what it is.
    if (!/^(text\/plain|application\/json)\s*(;|$)/i.test(request.headers['content-type'] ?? '')) return resolve('type')
    const pieces: Buffer[] = []
    request.on('data', (piece: Buffer) => {
      if (take(piece.length)) return void pieces.push(piece)
      request.removeAllListeners('data')
      pieces.length = 0
      resolve('length')
    })
    request.on('end', () => resolve(parsed(Buffer.concat(pieces)) ?? 'shape'))
    // Also after `end`, where it changes nothing any more.
    request.on('close', () => resolve('gone'))
    request.on('error', () => resolve('gone'))
  })

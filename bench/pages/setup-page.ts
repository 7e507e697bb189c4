// Runs in the page: the app around a contender of the bench `setup`.
import type { Line, SetupContender } from './setup-contender'
import { gathered, now, openConnections, reset, seen, until } from './watch'

/** What one page saw of a call; moments are in milliseconds since 1970, the same clock in both pages. */
export interface Saw {
  /** When the app called, or was asked for its answer. */
  readonly actedAt: number
  readonly openAt: number
  readonly frameAt: number
}

const NO_MEDIA = new MediaStream()

const app = (contender: SetupContender) => {
  let line: Line
  let media = NO_MEDIA
  let actedAt = 0
  return {
    server: () => contender.server,
    async join(url: string, name: string): Promise<void> {
      line = await contender.join(url, name, () => {
        actedAt = now()
        return media
      })
    },
    /** Captures: that is no part of what is measured. */
    async prepare(): Promise<void> {
      media = await navigator.mediaDevices.getUserMedia({ audio: true, video: { width: 320, height: 240, frameRate: 60 } })
      reset()
    },
    call(to: string): void {
      actedAt = now()
      line.call(to, media)
    },
    async saw(): Promise<Saw> {
      await until(() => seen.openAt !== undefined && seen.frameAt !== undefined && gathered(), () => `a channel and a picture: ${JSON.stringify({ ...seen, gathered: gathered() })}`)
      const { openAt = Number.NaN, frameAt = Number.NaN } = seen
      return { actedAt, openAt, frameAt }
    },
    hangUp: () => line.hangUp(),
    /** Resolves when nothing is left of the call; says what signaling took. */
    async over(): Promise<{ bytes: number; messages: number }> {
      for (const track of media.getTracks()) track.stop()
      media = NO_MEDIA
      await until(() => openConnections() === 0, () => 'the end of every connection')
      return { bytes: seen.bytes, messages: seen.messages }
    },
  }
}

/** What the runner calls in the page. */
export type SetupApp = ReturnType<typeof app>

/** Hands the page over to the runner. */
export const start = (contender: SetupContender): void => void Object.assign(globalThis, { app: app(contender) })

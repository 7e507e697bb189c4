import { RtcError } from './errors'

/** Events of the page that the SDK listens to. */
export type PageEvent = 'pagehide' | 'pageshow' | 'online' | 'offline' | 'visibilitychange'

/**
 * Everything the SDK takes from the world around it: clock, chance, timers and the browser's own objects.
 * Tests pass a fake one; nothing else in the SDK touches these globals.
 */
export interface Runtime {
  /** Milliseconds since some fixed moment; never goes back. */
  now(): number
  /** From 0 up to, not including, 1. */
  random(): number
  /** A new id of 128 random bits, in 26 URL-safe characters. */
  randomId(): string
  /** Runs a task once after a delay; the return value takes it back. */
  after(delayMs: number, task: () => void): () => void
  /** @throws {@link RtcError} `usage/unsupported-environment` where there is no WebRTC. */
  createPeerConnection(config: RTCConfiguration): RTCPeerConnection
  /** An empty stream: tracks sent under one play in sync on the other side. */
  createMediaStream(): MediaStream
  /** @throws {@link RtcError} `media/insecure-context` where the page may not capture. */
  mediaDevices(): MediaDevices
  /** Whether the page's Permissions Policy lets it use a feature; `true` where the browser does not tell. */
  allows(feature: string): boolean
  /** Listens to an event of the page, where there is one; returns the undo. */
  onPage(name: PageEvent, listener: (event: Event) => void): () => void
}

/** The browser's own connection; for what needs nothing else of the world. */
export const createPeerConnection = (config: RTCConfiguration): RTCPeerConnection => {
  if (typeof RTCPeerConnection !== 'function')
    throw new RtcError('usage/unsupported-environment', 'There is no RTCPeerConnection here.')
  return new RTCPeerConnection(config)
}

/** The browser's own timer; for what needs nothing else of the world. */
export const after = (delayMs: number, task: () => void): (() => void) => {
  const timer = setTimeout(task, delayMs)
  return () => clearTimeout(timer)
}

/** What the person said to a kind of device; `undefined` where the browser does not tell. Apart, for only `devices` asks. */
export const permissionOf = async (name: 'camera' | 'microphone'): Promise<PermissionState | undefined> => {
  try {
    return (await navigator.permissions.query({ name })).state
  } catch {
    // No Permissions API, or one that does not know cameras: Firefox before 132.
    return undefined
  }
}

/** The real world: a browser, or Node for signaling alone. Importing it touches nothing. */
export const RUNTIME: Runtime = {
  now: () => performance.now(),
  random: () => Math.random(),
  // 26 characters of 5 bits each carry the 128 bits.
  randomId: () => Array.from(crypto.getRandomValues(new Uint8Array(26)), (byte) => (byte & 31).toString(32)).join(''),
  after: (delayMs, task) => {
    // What does not fit into 31 bits would be due at once (HTML, 8.7), and servers say how often they ping.
    const timer = setTimeout(task, Math.min(delayMs, 2 ** 31 - 1))
    return () => clearTimeout(timer)
  },
  createPeerConnection,
  createMediaStream: () => new MediaStream(),
  mediaDevices: () => {
    const devices = typeof navigator === 'undefined' ? undefined : (navigator.mediaDevices as MediaDevices | undefined)
    if (!devices)
      throw new RtcError('media/insecure-context', 'This page may not capture.', {
        fix: 'Serve it over https or from localhost.',
      })
    return devices
  },
  allows: (feature) => {
    // Chromium alone has it, under its old name.
    const page = globalThis.document as { featurePolicy?: { allowsFeature(feature: string): boolean } } | undefined
    return page?.featurePolicy?.allowsFeature(feature) ?? true
  },
  onPage: (name, listener) => {
    // `visibilitychange` is fired at the document and bubbles up to here (HTML, 6.2). In a worker and in Node there is no window.
    const page = globalThis.window as Window | undefined
    page?.addEventListener(name, listener)
    return () => page?.removeEventListener(name, listener)
  },
}

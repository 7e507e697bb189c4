import { isRtcError } from '../base/errors'
import { deferred } from '../base/wait'
import type { FrameLink, LinkClosed, SignalingTransport } from '../signaling/transport'

/** What a case runs on: a transport whose server is an {@link EchoServer}, made anew for each case. */
export interface TransportSetup {
  readonly transport: SignalingTransport
  /** The same transport where no server is; needed unless `capabilities.unreachable` is false. */
  readonly unreachable?: SignalingTransport
  /** Frees everything. */
  close?(): Promise<void> | void
}

/** What a kind of transport can do at all. */
export interface TransportCapabilities {
  /** There can be no server. @defaultValue true */
  readonly unreachable?: boolean
  /** What is sent right before the link is closed arrives too. @defaultValue true */
  readonly lastWords?: boolean
}

/** One promise of the port as a test: `run` rejects where it is broken. */
export interface TransportCase {
  readonly name: string
  run(): Promise<void>
}

/** One link with a memory. */
class Probe {
  readonly frames: string[] = []
  readonly closed: LinkClosed[] = []
  readonly afterClosed: string[] = []
  link: FrameLink | undefined
  #wake = deferred<void>()

  static async open(transport: SignalingTransport, signal = new AbortController().signal): Promise<Probe> {
    const probe = new Probe()
    probe.link = await transport.open(
      {
        frame: (frame) => probe.#hear(probe.closed.length ? probe.afterClosed : probe.frames, frame),
        closed: (why) => probe.#hear(probe.closed, why),
      },
      { signal },
    )
    return probe
  }

  #hear<T>(list: T[], what: T): void {
    list.push(what)
    this.#wake.resolve()
    this.#wake = deferred()
  }

  async send(...frames: readonly string[]): Promise<void> {
    for (const frame of frames) await this.link?.send(frame)
  }

  async until(done: () => boolean): Promise<void> {
    while (!done()) await this.#wake.promise
  }

  /** Sends and waits until as many frames more have come. */
  async ask(frame: string, count = 1): Promise<readonly string[]> {
    const before = this.frames.length
    await this.send(frame)
    await this.until(() => this.frames.length >= before + count)
    return this.frames.slice(before)
  }

  async end(): Promise<void> {
    await this.link?.close()
    await this.until(() => this.closed.length > 0)
  }
}

const claim = (truth: boolean, otherwise: string): void => {
  if (!truth) throw new Error(otherwise)
}

const same = (actual: unknown, expected: unknown, what: string): void => {
  const [seen, wanted] = [JSON.stringify(actual), JSON.stringify(expected)]
  claim(seen === wanted, `${what}: expected ${short(wanted)}, got ${short(seen)}`)
}

const short = (text: string): string => (text.length > 200 ? `${text.slice(0, 200)}…` : text)

const reasonOf = async (promise: Promise<unknown>, what: string): Promise<unknown> => {
  try {
    await promise
  } catch (error) {
    return error
  }
  throw new Error(`${what} did not reject`)
}

const numbers = (count: number): readonly string[] => Array.from({ length: count }, (_, n) => String(n))

type Case = (setup: TransportSetup) => Promise<void>

/** A whole round over a link of its own: whatever was still under way elsewhere has arrived by then. */
const round = async ({ transport }: TransportSetup): Promise<void> => {
  const probe = await Probe.open(transport)
  await probe.ask('round')
  await probe.end()
}

const CASES: Readonly<Record<string, Case>> = {
  'carries 1,000 frames to the server and back in order': async ({ transport }) => {
    const probe = await Probe.open(transport)
    await probe.send(...numbers(1_000))
    await probe.until(() => probe.frames.length >= 1_000)
    same(probe.frames, numbers(1_000), 'frames')
    await probe.end()
  },
  'keeps the order of sends that nobody waited for': async ({ transport }) => {
    const probe = await Probe.open(transport)
    await Promise.all(numbers(100).map((frame) => probe.send(frame)))
    await probe.until(() => probe.frames.length >= 100)
    same(probe.frames, numbers(100), 'frames')
    await probe.end()
  },
  'takes 1,000 frames that the server sends at once in order': async ({ transport }) => {
    const probe = await Probe.open(transport)
    same(await probe.ask('!burst 1000', 1_000), numbers(1_000), 'frames')
    await probe.end()
  },
  'carries 64 KiB in one frame': async ({ transport }) => {
    const probe = await Probe.open(transport)
    const frame = 'x'.repeat(65_536)
    same(await probe.ask(frame), [frame], 'frame')
    await probe.end()
  },
  'carries every kind of text unharmed': async ({ transport }) => {
    const probe = await Probe.open(transport)
    for (const frame of ['つなぐ', '🤝 𝄞', 'ä\u0000\u001f"\\', 'line\nline\r\n\u2028end', '<b>&amp;</b>'])
      same(await probe.ask(frame), [frame], 'frame')
    await probe.end()
  },
  'rejects with the reason when the signal is aborted already': async (setup) => {
    const reason = new Error('no longer wanted')
    const probe = Probe.open(setup.transport, AbortSignal.abort(reason))
    claim((await reasonOf(probe, 'open')) === reason, 'open rejects with the reason of the abort')
  },
  'rejects with the reason when aborted while it opens, and is silent from then on': async (setup) => {
    const controller = new AbortController()
    const reason = new Error('no longer wanted')
    let calls = 0
    const opening = setup.transport.open(
      { frame: () => calls++, closed: () => calls++ },
      { signal: controller.signal },
    )
    const rejected = reasonOf(opening, 'open')
    controller.abort(reason)
    claim((await rejected) === reason, 'open rejects with the reason of the abort')
    await round(setup)
    same(calls, 0, 'calls of the sink')
  },
  'is not touched by an abort once it is open': async ({ transport }) => {
    const controller = new AbortController()
    const probe = await Probe.open(transport, controller.signal)
    controller.abort()
    same(await probe.ask('still here'), ['still here'], 'frame')
    await probe.end()
  },
  'rejects a send after close with an RtcError': async ({ transport }) => {
    const probe = await Probe.open(transport)
    await probe.end()
    claim(isRtcError(await reasonOf(probe.send('late'), 'send')), 'send rejects with an RtcError')
  },
  'says closed exactly once, also where close is called again': async (setup) => {
    const probe = await Probe.open(setup.transport)
    await Promise.all([probe.end(), probe.end()])
    await probe.end()
    await round(setup)
    same(probe.closed.length, 1, 'number of closed')
    same(probe.closed[0]?.clean, true, 'clean')
  },
  'delivers no frame after closed': async (setup) => {
    const probe = await Probe.open(setup.transport)
    await probe.send('!burst 100')
    await probe.end()
    await round(setup)
    same(probe.afterClosed, [], 'frames after closed')
  },
  'reports a link that the server cut as not clean, once, after all that was sent before': async (setup) => {
    const probe = await Probe.open(setup.transport)
    await probe.ask('before')
    await probe.send('!drop')
    await probe.until(() => probe.closed.length > 0)
    await round(setup)
    same(probe.closed.map(({ clean, retry }) => ({ clean, retry })), [{ clean: false, retry: 'yes' }], 'closed')
    claim(isRtcError(await reasonOf(probe.send('late'), 'send')), 'send rejects with an RtcError')
    await probe.link?.close()
    same(probe.closed.length, 1, 'number of closed')
  },
  'reports a link that the server closed, with every frame sent before': async (setup) => {
    const probe = await Probe.open(setup.transport)
    await probe.send('!burst 100', '!close')
    await probe.until(() => probe.closed.length > 0)
    await round(setup)
    same(probe.frames, numbers(100), 'frames')
    same(probe.closed.length, 1, 'number of closed')
  },
  'keeps two links apart': async ({ transport }) => {
    const [one, other] = await Promise.all([Probe.open(transport), Probe.open(transport)])
    same(await Promise.all([one.ask('one'), other.ask('other')]), [['one'], ['other']], 'frames')
    await one.end()
    same(await other.ask('alone'), ['alone'], 'frame')
    await other.end()
  },
  'leaves nothing behind after ten opens': async ({ transport }) => {
    const probe = await Probe.open(transport)
    const links = async (): Promise<number> => Number((await probe.ask('!links'))[0])
    // A server may still wait for whoever left while its link was opened: only what is left of these ten matters.
    const before = await links()
    for (let n = 0; n < 10; n++) await (await Probe.open(transport)).end()
    // The server may hear of the end of a link a little later than we do.
    let after = await links()
    for (let tries = 0; tries < 1_000 && after > before; tries++) after = await links()
    await probe.end()
    claim(after <= before, `the server has ${after} links, and had ${before} before`)
  },
  'opens again after a cut': async ({ transport }) => {
    const probe = await Probe.open(transport)
    await probe.send('!drop')
    await probe.until(() => probe.closed.length > 0)
    const again = await Probe.open(transport)
    same(await again.ask('back'), ['back'], 'frame')
    await again.end()
  },
}

const UNREACHABLE_CASES: Readonly<Record<string, Case>> = {
  'rejects with signaling/unreachable where no server is, and is silent from then on': async (setup) => {
    if (!setup.unreachable) throw new Error('the setup has no `unreachable` transport')
    let calls = 0
    const error = await reasonOf(
      setup.unreachable.open(
        { frame: () => calls++, closed: () => calls++ },
        { signal: new AbortController().signal },
      ),
      'open',
    )
    same(isRtcError(error) && error.code, 'signaling/unreachable', 'code')
    await round(setup)
    same(calls, 0, 'calls of the sink')
  },
}

const LAST_WORDS_CASES: Readonly<Record<string, Case>> = {
  'delivers what was sent before it was closed': async ({ transport }) => {
    const [staying, leaving] = [await Probe.open(transport), await Probe.open(transport)]
    const sent = numbers(20).map((n) => leaving.send(`!all ${n}`))
    await leaving.end()
    await staying.until(() => staying.frames.length >= 20)
    same(staying.frames, numbers(20), 'frames')
    await Promise.all(sent)
    await staying.end()
  },
}

/**
 * Every promise of the {@link SignalingTransport} port as a list of tests, for any test runner: a transport that passes all of them fits.
 *
 * The server at the other end is an {@link EchoServer} behind whatever the transport speaks to.
 *
 * @example
 * ```ts
 * import { memory } from 'tsunagu/adapters/memory'
 * import { EchoServer, transportCases } from 'tsunagu/testing'
 * const cases = transportCases(() => ({ transport: memory(new EchoServer()) }), { unreachable: false })
 * for (const { name, run } of cases) await run().catch((error: unknown) => console.error(name, error))
 * ```
 */
export const transportCases = (
  setup: () => TransportSetup | Promise<TransportSetup>,
  { unreachable = true, lastWords = true }: TransportCapabilities = {},
): readonly TransportCase[] =>
  Object.entries({ ...CASES, ...(lastWords && LAST_WORDS_CASES), ...(unreachable && UNREACHABLE_CASES) }).map(([name, test]) => ({
    name,
    run: async () => {
      const made = await setup()
      try {
        await test(made)
      } finally {
        await made.close?.()
      }
    },
  }))

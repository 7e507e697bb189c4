import type { FrameSink, SignalingTransport } from '../signaling/transport'

/** What becomes of a frame: `cut` loses it with the link, `last` delivers it and then cuts, `twice` repeats it. */
export type Fate = 'pass' | 'cut' | 'last' | 'twice'

/**
 * A transport that does with each frame what `fate` says, to show that the session above it loses nothing and doubles nothing.
 *
 * A cut link tells the client at once; the server hears of it as of any lost link.
 *
 * @example
 * ```ts
 * import { memory } from 'tsunagu/adapters/memory'
 * import { cutting, EchoServer } from 'tsunagu/testing'
 * const everyTenth = cutting(memory(new EchoServer()), () => (Math.random() < 0.1 ? 'cut' : 'pass'))
 * ```
 */
export const cutting = (
  transport: SignalingTransport,
  fate: (direction: 'up' | 'down', frame: string) => Fate,
): SignalingTransport => ({
  name: `cutting ${transport.name}`,
  open: async (sink: FrameSink, context) => {
    let open = true
    const end: FrameSink['closed'] = (why) => {
      if (!open) return
      open = false
      sink.closed(why)
    }
    /** Carries one frame over whatever fate says; tells whether the link is to be cut. */
    const carry = (direction: 'up' | 'down', frame: string, deliver: () => void): void => {
      if (!open) return
      const what = fate(direction, frame)
      if (what !== 'cut') deliver()
      if (what === 'twice') deliver()
      if (what === 'pass' || what === 'twice') return
      void link.close()
      end({ clean: false, retry: 'yes' })
    }
    const link = await transport.open(
      { frame: (frame) => carry('down', frame, () => sink.frame(frame)), closed: end },
      context,
    )
    return {
      send: async (frame) => carry('up', frame, () => void link.send(frame).catch(() => undefined)),
      close: () => link.close(),
    }
  },
})

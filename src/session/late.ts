import { RtcError } from '../base/errors'

/** A part of the SDK that few calls need and that loads when one does; it cannot where the network is away, or a new release took the files away. */
export const late = <Part>(part: Promise<Part>): Promise<Part> =>
  part.catch((cause: unknown) => {
    throw new RtcError('signaling/unreachable', 'A part of the SDK could not be loaded.', { cause })
  })

// Runs in the page: a connection as one writes it by hand, as quick as that can be.
import type { Line } from './setup-contender'
import type { SignalingSocket } from './signaling-socket'

interface Told {
  readonly description?: RTCSessionDescriptionInit
  readonly candidate?: RTCIceCandidateInit
  readonly bye?: boolean
}

/** A line of one connection at a time over any way to bring messages to the other page. */
export const handWritten = async (
  open: (receive: (from: string, data: unknown) => void) => Promise<SignalingSocket>,
  answer: () => MediaStream,
): Promise<Line> => {
  let connection: RTCPeerConnection | undefined
  let other = ''
  /** Candidates that came before the description they belong to. */
  let early: RTCIceCandidateInit[] = []
  const close = (): void => {
    connection?.close()
    connection = undefined
    early = []
  }
  const tell = (told: Told): void => socket.send(other, told)
  const connect = (to: string, media: MediaStream): RTCPeerConnection => {
    const made = new RTCPeerConnection()
    other = to
    connection = made
    made.onicecandidate = ({ candidate }) => {
      if (candidate) tell({ candidate })
    }
    for (const track of media.getTracks()) made.addTrack(track, media)
    return made
  }
  const describe = async (made: RTCPeerConnection): Promise<void> => {
    await made.setLocalDescription()
    if (made.localDescription) tell({ description: made.localDescription })
  }
  const receive = async (from: string, { description, candidate, bye }: Told): Promise<void> => {
    if (bye) return close()
    if (candidate) {
      if (connection?.remoteDescription) await connection.addIceCandidate(candidate)
      else early.push(candidate)
    }
    if (!description) return
    const made = description.type === 'offer' ? connect(from, answer()) : connection
    if (!made) return
    await made.setRemoteDescription(description)
    if (description.type === 'offer') await describe(made)
    for (const candidate of early.splice(0)) await made.addIceCandidate(candidate)
  }
  const socket = await open((from, data) => void receive(from, data as Told))
  return {
    call: (to, media) => {
      const made = connect(to, media)
      made.createDataChannel('data')
      void describe(made)
    },
    hangUp: () => {
      tell({ bye: true })
      close()
    },
  }
}

import { type FootprintContender, opened } from '../../pages/footprint-contender'

/** Two hand-written connections that are handed each other's descriptions. */
export const contender: FootprintContender = {
  start: async () => async () => {
    const [one, other] = [new RTCPeerConnection(), new RTCPeerConnection()]
    const bring = (from: RTCPeerConnection, to: RTCPeerConnection): void => {
      from.onicecandidate = ({ candidate }) => {
        if (candidate) void to.addIceCandidate(candidate)
      }
    }
    const channel = one.createDataChannel('data')
    const arrived = new Promise<void>((resolve) => {
      other.ondatachannel = (event) => {
        resolve(opened(event.channel))
      }
    })
    const offer = await one.createOffer()
    await other.setRemoteDescription(offer)
    bring(one, other)
    await one.setLocalDescription(offer)
    const answer = await other.createAnswer()
    await one.setRemoteDescription(answer)
    bring(other, one)
    await other.setLocalDescription(answer)
    await Promise.all([opened(channel), arrived])
    return () => {
      one.close()
      other.close()
    }
  },
}

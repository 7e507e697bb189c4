export const either = (a: AbortSignal, b: AbortSignal): AbortSignal => AbortSignal.any([a, b])
export const late = (receiver: RTCRtpReceiver, worker: Worker): unknown => {
  receiver.jitterBufferTarget = 0
  return new RTCRtpScriptTransform(worker)
}
export const active = (): unknown => {
  const { userActivation } = navigator
  return userActivation
}

/* A plain script after the two script tags: no bundler, no module. */
;(async () => {
  const { Client, attach, isRtcError, mediaFile } = window.Tsunagu
  const { broadcastChannel } = window.TsunaguInPage
  const [, transport, url, name, callee] = location.hash.split('#')
  const signaling = transport === 'broadcastChannel' ? broadcastChannel() : window.Tsunagu[transport]({ url })
  const client = new Client({ signaling, token: name })
  const show = (call) => {
    call.on('stateChanged', ({ to }) => (document.title = to))
    call.on('trackAdded', ({ track }) => {
      const video = document.createElement('video')
      document.body.append(video)
      attach(track, video)
    })
  }
  /** Records a moment of a camera and plays it, as a file that somebody picked. */
  const film = async (camera) => {
    const recorder = new MediaRecorder(new MediaStream([camera]))
    const recorded = new Promise((resolve) => (recorder.ondataavailable = ({ data }) => resolve(data)))
    // Firefox tells it once there is something to keep.
    recorder.onstart = () => setTimeout(() => recorder.stop(), 500)
    recorder.start()
    const { video } = await mediaFile(await recorded)
    return video.readyState
  }
  client.on('callReceived', ({ call }) => {
    show(call)
    call.accept({ audio: true, video: true })
  })
  await client.connect()
  document.title = 'online'
  if (callee) {
    const call = client.call(callee, { audio: true, video: true })
    show(call)
    try {
      await call.whenActive()
    } catch (error) {
      document.title = isRtcError(error) ? error.code : 'unknown error'
    }
    const camera = call.local.tracks.find(({ kind }) => kind === 'video').mediaStreamTrack
    document.body.dataset.film = await film(camera).catch(String)
  }
})()

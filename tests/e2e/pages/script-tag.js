/* A plain script after the two script tags: no bundler, no module. */
;(async () => {
  const { Client, webSocket, attach, isRtcError } = window.Tsunagu
  const { broadcastChannel } = window.TsunaguInPage
  const [, server, name, callee] = location.hash.split('#')
  const signaling = server === 'in-page' ? broadcastChannel() : webSocket({ url: server })
  const client = new Client({ signaling, token: name })
  const show = (call) => {
    call.on('stateChanged', ({ to }) => (document.title = to))
    call.on('trackAdded', ({ track }) => {
      const video = document.createElement('video')
      document.body.append(video)
      attach(track, video)
    })
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
  }
})()

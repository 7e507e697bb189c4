/* A plain script after <script src="tsunagu.iife.js">: no bundler, no module. */
;(async () => {
  const { Client, webSocket, attach, isRtcError } = window.Tsunagu
  const [, server, name, callee] = location.hash.split('#')
  const client = new Client({ signaling: webSocket({ url: server }), token: name })
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

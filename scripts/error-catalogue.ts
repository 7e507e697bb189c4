import type { RtcErrorCode } from '../src/base/errors'

/** What a code means, and what to do about it, in the words of the public API. */
export interface ErrorEntry {
  readonly meaning: string
  readonly remedy: string
}

/** The part of a code before the slash. */
export type ErrorArea = RtcErrorCode extends `${infer Area}/${string}` ? Area : never

/** What each area is about, in the order of the page. */
export const ERROR_AREAS: Record<ErrorArea, string> = {
  usage: 'The SDK was asked for something that it cannot do at all, or not now. These are mistakes in a program, not in the world.',
  signaling: 'The way to the signaling server, and what the server says.',
  call: 'How a call ended. `call.whenActive()` rejects with these when the call ends before it is active; `stateChanged` carries them as `reason.code`.',
  ice: 'The direct path between the two sides.',
  peer: 'What the two browsers agree on about their connection.',
  media: 'Cameras, microphones, screens and speakers.',
}

/** Every error there is. A code that is missing here does not compile. */
export const ERROR_CATALOGUE: Record<RtcErrorCode, ErrorEntry> = {
  'usage/invalid-argument': {
    meaning: 'An argument is not what the function takes; the message says which.',
    remedy: 'Correct the call. The types say what is taken; in plain JavaScript let the editor check with `// @ts-check`.',
  },
  'usage/invalid-state': {
    meaning: 'The call is right, the moment is not: a call placed before `client.connect()` resolved, an answer to a call that no longer rings, a screen asked for outside a click.',
    remedy: 'Read `state` first, or do it in the listener of the event that brings the state: `stateChanged`, `callReceived`. What needs a click must be called directly in the click handler, before any `await`. Where there are too many calls already, end one or raise `calls.max` of `new Client(...)`.',
  },
  'usage/closed': {
    meaning: 'The object was used after its `close()`, or `close()` came while it was still at work.',
    remedy: 'Make a new one. A component that is mounted again must create its `Client` anew, not keep the closed one.',
  },
  'usage/unsupported-environment': {
    meaning: 'There is no WebRTC here: Node without a browser, an old or locked-down browser, a signaling protocol without the asked-for part, or a hub in a page on plain http, which has no `crypto.subtle`.',
    remedy: 'Make calls in Safari 17, Chrome 117, Firefox 118 or later. Importing the SDK on a server is fine; call into it only in the browser. Serve a page that runs a hub over https or from localhost.',
  },
  'signaling/unreachable': {
    meaning: 'No link to the signaling server came about: wrong address or path (404), an origin that the server does not allow, server down, no network, a proxy or a certificate in the way. A browser shows a page nothing of a refused WebSocket, so all of these look the same.',
    remedy: 'Open `/healthz` of the server in the same browser. If that answers, compare `url` with the signaling path of the server (`/signal` by default), and look into its log. `origin not allowed`: add the origin of the page to `allowedOrigins`, or `--origin`, with scheme and port. `door not open`: add the transport to `doors`, or `--door`, which a list once given must name with all others. From a page on https the server needs TLS too. A Content-Security-Policy must name the server in `connect-src`, by `wss:` for WebSockets and by `https:` for requests. `connect()` keeps trying unless its `signal` aborts.',
  },
  'signaling/timeout': {
    meaning: 'The server did not answer in time.',
    remedy: 'Try again; the session is opened anew by itself. If it happens often, look at the load of the server and at proxies that hold WebSocket frames back.',
  },
  'signaling/unauthorized': {
    meaning: 'The server does not accept the token, or there was none and the server asks for one.',
    remedy: 'Pass a `token` function to `new Client(...)` that fetches a fresh one: it is asked before every open. The log of the server says what `authenticate` threw.',
  },
  'signaling/forbidden': {
    meaning: 'The server knows who you are and does not allow this: its `authorize` said no. (A page of an origin that is not in `allowedOrigins` gets no link at all: `signaling/unreachable`.)',
    remedy: 'Look into the audit log of the server, which names who asked for what.',
  },
  'signaling/protocol-unsupported': {
    meaning: 'Something answers that does not take this client: the two have no protocol version in common, it is no Tsunagu server, or its door for this transport is not open.',
    remedy: 'Bring `tsunagu` and `tsunagu-server` to neighbouring versions, and check that `url` does not point at something else of the same host, such as the WebSocket of a development server. Open `url` in a browser: a server answers with the transports that it takes. Where yours is missing there, add it to `doors` (or `--door`) of the server.',
  },
  'signaling/invalid-message': {
    meaning: 'One side sent something that the other could not read. It was counted and dropped, and a call or a request that it began ends with this code; other calls go on.',
    remedy: 'If you write your own transport, check it with `transportCases` of `tsunagu/testing`: frames must arrive whole and in order. Otherwise look for a proxy that changes frames, and report it.',
  },
  'signaling/too-large': {
    meaning: 'A message is larger than 256 KiB, as the JSON and UTF-8 that it is sent as.',
    remedy: 'Put less into `metadata` and `client.send(...)`: signaling is for small things. Put large content behind a link, and send the link.',
  },
  'signaling/rate-limited': {
    meaning: 'More was sent in a short time than the server takes from one client.',
    remedy: 'Send less often, for example by gathering changes; wait some seconds before trying again. The limit is an option of the server.',
  },
  'signaling/limit-exceeded': {
    meaning: 'One of the numbers that the server allows is used up: calls, watched people, devices of one user, or links of one address.',
    remedy: 'End what is no longer needed: hang up calls, watch fewer ids with `client.presence.watch`, `close()` clients that are done. The limits are options of the server; where all users seem to come from the address of a proxy, set its `trustedProxies`.',
  },
  'signaling/outbox-full': {
    meaning: 'More waits for the server than can be kept: 1,000 frames or 1 MiB. Either the link has been away, or much was sent at once: even online each frame waits until the server has acknowledged it.',
    remedy: 'Await each large `client.send(...)` before the next. Offline, wait for `client.state` to be `online`, and drop what will be out of date by then.',
  },
  'signaling/delivery-unknown': {
    meaning: 'The session was lost while the message was under way: it may have arrived or not.',
    remedy: 'Ask the other side, or send again something that does no harm when it comes twice. Messages of calls are taken care of by the SDK.',
  },
  'signaling/recipient-offline': {
    meaning: 'Nobody with that id is connected to the server.',
    remedy: 'Check the id. `client.presence.watch` tells when somebody comes online; what has to arrive anyway belongs into your own storage.',
  },
  'signaling/superseded': {
    meaning: 'The session was taken over by a newer link, for example of a duplicated tab or a reloaded page.',
    remedy: 'Nothing, when that was meant. Otherwise make one `Client` per page and do not copy its session from tab to tab.',
  },
  'signaling/server-full': {
    meaning: 'The server holds as many sessions as it may.',
    remedy: 'Nothing in the page: the client tries again by itself. Raise `limits.sessions` of the server.',
  },
  'signaling/closed': {
    meaning: 'The link or the session was closed while something was still waiting for it.',
    remedy: 'Nothing, when you closed it. Otherwise listen to `stateChanged` of the client and try again once it is `online`.',
  },
  'call/hung-up': {
    meaning: 'Somebody hung up, or closed the page. `reason.by` says which side.',
    remedy: 'Nothing: this is how a call should end.',
  },
  'call/cancelled': {
    meaning: 'The caller gave up before the call was answered.',
    remedy: 'Stop ringing and show a missed call.',
  },
  'call/rejected': {
    meaning: 'The other side declined.',
    remedy: 'Show it; do not call again by program.',
  },
  'call/busy': {
    meaning: 'The other side is in another call, or has as many calls as its `calls.max` allows.',
    remedy: 'Offer to call again later or to leave a message. To take several calls at once, raise `calls.max` of `new Client(...)`.',
  },
  'call/no-answer': {
    meaning: 'It rang for `calls.ringTimeoutMs` and nobody answered.',
    remedy: 'Offer to call again. A callee whose app never calls `call.accept()` or `call.reject()` looks like this too: check that `callReceived` has a listener there.',
  },
  'call/unreachable': {
    meaning: 'The other side is not online, or does not exist.',
    remedy: 'Check the id: it is the one that the server gave (`client.id` over there). `client.presence.watch` tells when they come online.',
  },
  'call/forbidden': {
    meaning: 'The server does not allow this call; nothing rang on the other side.',
    remedy: 'Look into the audit log of the server and at its `authorize(from, "call", to)`.',
  },
  'call/answered-elsewhere': {
    meaning: 'Another device or tab of the same user took the call.',
    remedy: 'Stop ringing; it is not a missed call.',
  },
  'call/transferred': {
    meaning: 'Another call took the place of this one: one of the three people put it through.',
    remedy: 'Nothing: go on with the call that `transferred` brought. Whoever put it through is out of it.',
  },
  'call/transfer-declined': {
    meaning: 'The other side is not put through to somebody else: its app declined, has no listener for `transferred` and could not follow, or a transfer was under way already.',
    remedy: 'Go on talking: the call has not changed. Listen to `transferred` in the app of the other side. Try again where two of you had pressed transfer at the same time.',
  },
  'call/lost': {
    meaning: 'The other side vanished and did not come back in time, and the path between the two browsers is gone as well; or the call still rang when the server was restarted.',
    remedy: 'Offer to call again. If it happens to many at once, look at what they have in common: the server out of reach for longer than `graceMs`, a network that failed. Accepted calls outlive a restart of the server.',
  },
  'ice/failed': {
    meaning: 'No path between the two sides was found, or the one in use broke and no other was found.',
    remedy: 'Give both sides STUN and TURN servers (`ice.servers` of `new Client(...)`); strict networks need TURN over TLS on port 443. If there are some, check that their credentials have not expired. [Concepts](guide/concepts.md#5-stun-and-turn-the-two-helpers-of-ice) explains the terms.',
  },
  'ice/servers-unavailable': {
    meaning: 'The function given as `ice.servers` failed, so there is no list of STUN and TURN servers.',
    remedy: 'Look at `error.cause`. When the list comes from `/ice` of the server, that wants the token of the session.',
  },
  'peer/invalid-description': {
    meaning: 'The browser refused the session description that the other side sent.',
    remedy: 'Look at `error.cause`. With `Peer` alone: hand every message of `signal` to the other `receive`, whole, in order and once, and make exactly one of the two sides `polite`.',
  },
  'media/permission-denied': {
    meaning: 'The user, the browser or the system does not allow the camera, the microphone or the screen.',
    remedy: 'Say why you need it and how to allow it: the icon in the address bar, and in the settings of the system (macOS and Windows have a switch per browser). Asking again by program shows no second question in most browsers. In an iframe set `allow="camera; microphone; display-capture"`.',
  },
  'media/insecure-context': {
    meaning: 'The browser offers no devices to this page, because it does not come over https.',
    remedy: 'Serve the page over https, or from `http://localhost` while developing. A phone that opens your computer by its IP address needs https as well.',
  },
  'media/not-found': {
    meaning: 'There is no such device, or the one with this `deviceId` is gone.',
    remedy: 'Show what `devices.list(...)` has now and follow `devices.on("changed", ...)`. Leave `deviceId` out to take any; call without video where there is no camera. A speaker in an iframe needs `allow="speaker-selection"`.',
  },
  'media/in-use': {
    meaning: 'The device exists and cannot be opened: another program has it, or the driver failed.',
    remedy: 'Ask the user to close other programs with calls in them, or to unplug the device and plug it in again; offer another one from `devices.list(...)`.',
  },
  'media/overconstrained': {
    meaning: 'No device can do what was asked for, such as that size or frame rate.',
    remedy: 'Ask for less. Numbers without `exact` are wishes that never fail.',
  },
  'media/screen-cancelled': {
    meaning: 'The user closed the question which screen to share.',
    remedy: 'Nothing: leave the button as it was. On macOS it can also mean that the system does not let the browser record the screen.',
  },
  'media/ended': {
    meaning: 'The track has ended: its device was unplugged, the user stopped sharing, or it was stopped.',
    remedy: 'Capture a new one and pass it to `track.replace(...)`, or to `call.local.publish(...)`.',
  },
  'media/not-recapturable': {
    meaning: 'A track that was muted with `release: true` cannot be captured anew by the SDK, because it did not capture it in the first place, or because it is a screen.',
    remedy: 'Capture it yourself and pass it to `track.replace(...)`, or mute without `release`.',
  },
  'media/process-failed': {
    meaning: 'What was given to `process` broke: the function threw or gave no track, the stream ended or failed, or its result ended. Nothing is sent of the track, for the media itself may be just what must not be seen; `cause` has what was thrown.',
    remedy: 'Show that nothing is sent. `unmute()` tries a function once more; a stream that failed has to be replaced by a new one: `process(another)`. `process(null)` sends the media as it is.',
  },
  'media/unsupported': {
    meaning: 'This browser has no such function: sharing a screen on a phone, choosing a speaker in some browsers, taking tracks apart into frames.',
    remedy: 'Hide the button there. The message names the function to look for. In place of a stream of frames give `process` a function from track to track: `audioGraph` of `tsunagu/dom` works in every browser.',
  },
  'media/playback-blocked': {
    meaning: 'The browser plays no sound before the user has touched the page.',
    remedy: 'Show a button and call `playback.unlock()` of `tsunagu/dom` in its click handler; a click to accept the call does as well.',
  },
  'media/failed': {
    meaning: 'The browser failed in a way that it does not explain further, or a media file cannot be loaded or decoded.',
    remedy: 'Look at `error.cause`. A device: try another one; restarting the browser helps where a driver is stuck. A file of `mediaFile`: where the page has a Content-Security-Policy, `media-src` must allow `blob:` for files that were picked, and the origin of a url, which has to allow the page too (CORS).',
  },
}

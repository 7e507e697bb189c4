import type { RtcError, RtcErrorCode } from '../base/errors'

/** `offline`: not connected and not trying. `waiting`: the link is lost and the next attempt is planned. `closed`: for good. */
export type SessionState = 'offline' | 'connecting' | 'online' | 'waiting' | 'closed'

/** Gives the token that proves who we are: asked before every open, so that it may be short-lived. */
export type TokenSource = () => Promise<string | undefined>

/** The codes with which a call can end. */
export type EndCode =
  | Extract<RtcErrorCode, `call/${string}` | `ice/${string}` | `media/${string}` | `peer/${string}`>
  | 'signaling/closed'
  | 'usage/unsupported-environment'
  | 'signaling/invalid-message'
  | 'signaling/rate-limited'
  | 'signaling/limit-exceeded'
  | 'signaling/outbox-full'
  | 'signaling/too-large'

/** Why a call ended. */
export interface EndReason {
  readonly code: EndCode
  /** Who ended it. `system`: a server or the network. */
  readonly by: 'local' | 'remote' | 'system'
  /** Said by whoever ended it, for people. */
  readonly text?: string | undefined
}

/** The reason in the words of the protocol that brought it, for example SIP 486 or Q.850 cause 17. */
export interface ProtocolCause {
  readonly protocol: string
  readonly code: number
  readonly text?: string
}

/** What an invitation carries. */
export interface InviteBody {
  /** What the caller means to send. */
  readonly media: { readonly audio: boolean; readonly video: boolean }
  /** The app's own data, as JSON. */
  readonly metadata: unknown
}

/** Plain JSON that one end of a leg sends the other; opaque to signaling. */
export type LegMessage = Readonly<Record<string, unknown>>

/** Said inside a call, beside its descriptions. */
export type ControlMessage = Readonly<Record<string, unknown>> & { readonly kind: string }

/** One RTCPeerConnection's way to the other side, and who decides over its descriptions. */
export interface SymmetricLeg {
  readonly mode: 'symmetric'
  /** Gives way when both sides offer at once. Exactly one side is polite. */
  readonly polite: boolean
  /** Grows when the peer connection is rebuilt. */
  readonly epoch: number
  /** Where others may answer the same offer: resolves once the call is known to be ours. No path to the other side is looked for before. @defaultValue it is ours */
  readonly ours?: Promise<void> | undefined
  send(message: LegMessage): Promise<void>
  /** Messages that came before are handed over at once, in order. */
  bind(receive: (message: LegMessage) => void): void
}

/** The kinds of leg. Others (`offer-answer` for SIP, `foreign` for connections made elsewhere) join as their protocols do. */
export type Leg = SymmetricLeg

/** What a dialog can do. */
export type DialogFeature = 'hold' | 'transfer' | 'dtmf' | 'control' | 'data'

/** One call as a signaling protocol sees it. */
export interface Dialog {
  readonly id: string
  /** Who is at the other end. */
  readonly peer: PeerIdentity
  readonly features: ReadonlySet<DialogFeature>
  /** Events before it are kept and handed over in order. */
  bind(sink: DialogSink): void
  /** Tells the caller that the callee is being alerted. */
  ring(): Promise<void>
  accept(): Promise<void>
  /** Cancels, rejects or ends, by state. Idempotent. */
  end(reason: EndReason): Promise<void>
  control(message: ControlMessage): Promise<void>
  /**
   * Asks the other side to call somebody else in place of us, or whoever is at the other end of that dialog, whose call is replaced too.
   * Resolves when the new call is active: then it is for us to end this one, with `call/transferred`. Otherwise this one goes on.
   * @throws {@link RtcError} the code with which the new call ended, `call/transfer-declined`, or that with which this one ended meanwhile
   */
  transfer(to: string | Dialog): Promise<void>
}

/** The other side asks us to call somebody else in its place. */
export interface TransferRequest {
  /** Whom. */
  readonly to: string
  /** Calls them; where they are in a call with whoever asked, the invitation takes the place of that call. */
  invite(body: InviteBody): Dialog
  /** The new call is active, or why it is not. Tells whoever asked. */
  done(code?: EndCode, text?: string): Promise<void>
}

/** Someone at the other end, as the server vouches for them. */
export interface PeerIdentity {
  readonly id: string
  readonly name?: string
}

/** What a dialog reports to. */
export interface DialogSink {
  /** The other side is being alerted. */
  progress(early: boolean): void
  /** Somebody accepted; for the callee: the server says that it was us. */
  accepted(): void
  /** The other side or the server ended it; never called for an `end` of our own. */
  ended(reason: EndReason, raw?: ProtocolCause): void
  control(message: ControlMessage): void
  leg(leg: Leg): void
  /** The other side's signaling link was lost, or is back; its media may go on all the while. */
  peerLink?(up: boolean): void
  /** Messages of the leg may have been lost on the way: say what has come. */
  restored?(): void
  /** A protocol or an app without it declines. */
  transferRequested?(request: TransferRequest): void
}

/** What a session reports to. */
export interface SessionSink {
  stateChanged(state: SessionState, error?: RtcError): void
  /** Somebody calls. `replaced`: whoever was at the other end of that dialog had this call put through; it is to be answered without asking, and takes its place. */
  invited(dialog: Dialog, body: InviteBody, replaced?: Dialog): void
  /** A call that this page had before it was loaded again. Its leg begins at a higher epoch than any before. */
  reclaimed?(dialog: Dialog, body: InviteBody, direction: 'outgoing' | 'incoming'): void
}

/** Keeps what a page needs to find its session again after it was loaded anew; `acrossReloads` of `tsunagu/reload` makes one. */
export interface SessionKeeper {
  /** What was saved last before the page was loaded anew; `undefined` where there is nothing, or somebody else uses it. */
  load(): Promise<string | undefined>
  /**
   * The state is opaque, and secret: with it the session can be taken over. `undefined`: there is nothing to come back to.
   * Returns `false` where it could not be kept: then leaving the page ends its calls, as without a keeper.
   */
  save(state: string | undefined): boolean | void
}

/** What a session is opened with. */
export interface ProtocolContext {
  readonly token: TokenSource
  readonly signal: AbortSignal
  /** Without it, a page that goes away ends its session and its calls. */
  readonly keeper?: SessionKeeper | undefined
}

/** Names a part that not every protocol has; made with `extensionKey`. */
export interface ExtensionKey<T> {
  readonly name: string
  /** Never set: carries the type alone. */
  readonly type?: T
}

/** Messages outside calls. */
export interface Messages {
  /** Resolves when the server has put it into the recipient's queue. Rejects `usage/invalid-argument` for what is no address, or data that is no JSON. */
  send(to: string, data: unknown): Promise<void>
  bind(receive: (from: string, data: unknown) => void): void
}

/** How somebody wants to be seen; `offline` is everybody who is not connected. */
export type PresenceStatus = 'online' | 'away' | 'busy' | 'offline'

/** One person's presence. */
export interface PresenceUpdate {
  readonly id: string
  readonly name?: string | undefined
  readonly status: PresenceStatus
}

/** Who is there. */
export interface PresencePort {
  /** Replaces the set of watched ids; `'*'` means everybody. */
  watch(ids: readonly string[]): Promise<void>
  set(status: PresenceStatus): Promise<void>
  bind(receive: (update: PresenceUpdate) => void): void
}

/** Names the part of a session that carries messages outside calls. */
export const MESSAGES: ExtensionKey<Messages> = { name: 'messages' }
/** Names the part of a session that tells who is there. */
export const PRESENCE: ExtensionKey<PresencePort> = { name: 'presence' }

/** One session of a {@link SignalingProtocol}; it survives lost links. */
export interface ProtocolSession {
  /** Who the server says we are. */
  readonly id: string
  readonly name: string | undefined
  /** At once; failure arrives as `ended`. @throws {@link RtcError} `usage/invalid-argument` for what is no address, or metadata that is no JSON */
  invite(to: string, body: InviteBody): Dialog
  extension<T>(key: ExtensionKey<T>): T | undefined
  /** Resolves when the server answered within the deadline; otherwise the link is given up and opened anew, and it rejects. */
  probe(deadlineMs: number): Promise<void>
  /** Says good-bye, so that calls end on the other sides at once. */
  close(): Promise<void>
}

/** Port 2: speaks sessions: Tsunagu's own over any transport, SIP, Jingle, a media server. */
export interface SignalingProtocol {
  readonly name: string
  /** Tells it apart from a {@link SignalingTransport}, which moves frames. */
  readonly level: 'session'
  /** Resolves once online; rejects with the first refusal that trying again cannot mend, or when `signal` aborts. */
  open(sink: SessionSink, context: ProtocolContext): Promise<ProtocolSession>
}

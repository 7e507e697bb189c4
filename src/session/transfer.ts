import type { RtcError } from '../base/errors'
import type { Runtime } from '../base/runtime'
import type { Tools } from '../base/tools'
import type { Dialog, EndCode, EndReason, InviteBody, TransferRequest } from '../signaling/port'
import type { CallState } from './call-states'

/** The other side asks us to talk to somebody else in its place. */
export interface CallTransferRequest {
  /** Whom. */
  readonly to: string
  /** Says no; `reason` is for people. It counts while the listeners of `transferRequested` run, not later. */
  decline(reason?: string): void
}

/** A call as seen by whoever puts it through. @internal */
export interface Transferable {
  readonly state: CallState
  readonly dialog: Dialog
  readonly remote: { readonly id: string }
  leave(code: EndCode): Promise<void>
}

/** How long whoever put a call through may take to leave it. */
const LEAVE_MS = 5_000

type States = readonly (CallState | undefined)[]

const isAble = (state: CallState | undefined): boolean => state === 'active' || state === 'reconnecting'

/** Asks the other side of the first call to talk to an id, or to the other side of the second; `states` are theirs when the app asked, `undefined` where that is under way already. */
export const ask = async ([call, other]: readonly Transferable[], states: States, to: unknown, { RtcError }: Tools): Promise<void> => {
  if (!call || call === other || (!other && typeof to !== 'string'))
    throw new RtcError('usage/invalid-argument', 'A call is put through to an id, or to another call.')
  if (to === call.remote.id) throw new RtcError('usage/invalid-argument', `${to} is in this call already.`)
  for (const state of states)
    if (!isAble(state)) throw new RtcError('usage/invalid-state', `A call that is ${state ?? 'being transferred'} cannot be put through.`)
  if (!call.dialog.features.has('transfer')) throw new RtcError('usage/unsupported-environment', 'This protocol has no transfer.')
  await call.dialog.transfer(other ? other.dialog : String(to))
}

/** Leaves the calls once the other two have each other; rejects at once where the first ends before. */
export const follow = async (asked: Promise<void>, calls: readonly Transferable[], states: States, signal: AbortSignal, { abortable }: Tools): Promise<void> => {
  const done = asked.then(() => Promise.all(calls.map((one) => one.leave('call/transferred'))))
  try {
    await abortable<unknown>(done, states.every(isAble) ? signal : undefined)
  } catch (error) {
    // They may have left first.
    if ((error as Partial<RtcError> | undefined)?.code !== 'call/transferred') throw error
  }
}

/** How long whoever has asked for a transfer, and hung up, waits for what becomes of it: told that we left, the other side would drop what it has not read yet. */
export const linger = (asked: Promise<unknown>, { after }: Pick<Runtime, 'after'>): Promise<EndCode | undefined> =>
  new Promise((resolve) => {
    const stop = after(LEAVE_MS, () => resolve(undefined))
    asked.then(() => resolve('call/transferred'), () => resolve(undefined)).finally(stop)
  })

/** Asks the listeners whether we may be put through; whether none of them declined, and there are some who follow. */
const isWelcome = ({ to, done }: TransferRequest, ask: (request: CallTransferRequest) => boolean): boolean => {
  let answer: boolean | undefined
  const decline = (reason?: string): void => {
    if (answer === undefined) done('call/transfer-declined', reason).catch(() => undefined)
    answer ??= false
  }
  if (!ask({ to, decline })) decline()
  return (answer ??= true)
}

/** A call that another one takes the place of, or that takes the place of another. @internal */
export interface Replaceable extends Transferable {
  readonly reason: EndReason | undefined
  readonly local: { readonly tracks: readonly { readonly kind: 'audio' | 'video' }[] }
  whenActive(): Promise<void>
  hangUp(): Promise<void>
  on(name: 'stateChanged', listener: () => void): () => void
}

/** The other side of a call asks us to call somebody in its place: places that call, unless a listener declines or ends this one. */
export const obey = (
  old: Replaceable,
  request: TransferRequest,
  ask: (request: CallTransferRequest) => boolean,
  place: (body: InviteBody) => void,
): void => {
  const isOver = (): boolean => old.state === 'ended'
  if (isOver() || !isWelcome(request, ask) || isOver()) return
  const sends = (kind: 'audio' | 'video'): boolean => old.local.tracks.some((track) => track.kind === kind)
  place({ media: { audio: sends('audio'), video: sends('video') }, metadata: null })
}

/** Follows a call until it has taken the place of another one, or failed to; whoever asked is told. */
export const succeed = (old: Replaceable, call: Replaceable, { after }: Pick<Runtime, 'after'>, done?: TransferRequest['done']): void => {
  // Hung up here while the next one only rings: we want neither.
  let atEnd = (): void => {
    if (old.reason?.by === 'local') void call.hangUp()
  }
  const look = (): void => {
    if (old.reason) atEnd()
  }
  old.on('stateChanged', look)
  look()
  const active = (): unknown => {
    // Whoever put it through leaves it. Or has crashed.
    atEnd = after(LEAVE_MS, () => void old.leave('call/transferred'))
    look()
    return done?.()
  }
  call.whenActive().then(active, (error: unknown) => done?.((error as RtcError).code as EndCode)).catch(() => undefined)
}

import { type Call, isRtcError } from 'tsunagu'
import { announce } from './announce'
import { notice } from './views/notice'
import { transferWords } from './words'

/** What putting somebody through needs. */
export interface PutThroughOptions {
  /** The call with whoever is put through. */
  readonly call: Call
  /** An id puts them through at once; another call of ours connects the other sides of the two. */
  readonly to: string | Call
  readonly toName: string
  /** Shows how it goes on the call that is in front, or takes that away. */
  readonly show: (notice?: HTMLElement) => void
  /** It is done, and our calls are over. */
  readonly onDone: (title: string) => void
}

/** Puts the other side of a call through to somebody else; what fails leaves our calls as they are. */
export const putThrough = async ({ call, to, toName, show, onDone }: PutThroughOptions): Promise<void> => {
  const { name } = call.remote
  show(notice({ title: `Putting ${name} through to ${toName}…`, text: 'You can hang up, or wait and see.' }))
  try {
    await call.transfer(to)
    const title = `${name} and ${toName} are connected.`
    announce(title)
    onDone(title)
  } catch (error) {
    // Hung up meanwhile: that is no failure, the two go on without us.
    if (call.reason?.by === 'local') return
    const title = transferWords(isRtcError(error) ? error.code : undefined, name, toName)
    show(notice({ tone: 'problem', title, text: `You are still in the call with ${name}.`, onClose: () => show() }))
  }
}

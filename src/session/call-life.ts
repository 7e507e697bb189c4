import { RtcError } from '../base/errors'
import { next } from '../base/machine'
import type { Runtime } from '../base/runtime'
import { Scope } from '../base/scope'
import { abortable, deferred } from '../base/wait'
import type { EndReason } from '../signaling/port'
import { CALL_STATES, type CallEvent, type CallState } from './call-states'
import { endError } from './end-reason'

/** A step of a call. */
export interface CallMove {
  readonly from: CallState
  readonly to: CallState
  readonly reason?: EndReason | undefined
}

/** What a life is lived with. */
export interface CallLifeContext {
  readonly runtime: Pick<Runtime, 'after'>
  readonly moved: (move: CallMove) => void
}

/** The life of a call: its state, the one timer that may end it, and why it ended. */
export class CallLife {
  readonly #context: CallLifeContext
  readonly #scope = new Scope()
  #active = deferred<void>()
  #state: CallState
  #reason: EndReason | undefined
  #error: RtcError | undefined
  #stopTimer = (): void => undefined

  constructor(state: CallState, context: CallLifeContext) {
    this.#state = state
    this.#context = context
    this.#scope.add(() => this.#stopTimer())
  }

  get state(): CallState {
    return this.#state
  }

  get reason(): EndReason | undefined {
    return this.#reason
  }

  /** Aborts when the call ends, with its error. */
  get signal(): AbortSignal {
    return this.#scope.signal
  }

  /** The error with which what waits rejects, once the call has ended. */
  get error(): RtcError | undefined {
    return this.#error
  }

  whenActive(signal: AbortSignal | undefined): Promise<void> {
    return abortable(this.#active.promise, signal)
  }

  /** @throws {@link RtcError} `usage/invalid-state` */
  assert(...states: readonly CallState[]): void {
    if (!states.includes(this.#state))
      throw new RtcError('usage/invalid-state', `This call is ${this.#state}, not ${states.join(' or ') || 'incoming and unanswered'}.`)
  }

  /** In place of the timer before. */
  after(delayMs: number, task: () => void): void {
    this.#stopTimer()
    if (!this.#reason) this.#stopTimer = this.#context.runtime.after(delayMs, task)
  }

  /** Undone when the call ends, when its state is true and nobody has heard of it yet; the last first. */
  atEnd(undo: () => void): void {
    this.#scope.add(undo)
  }

  move(event: CallEvent): boolean {
    const from = this.#state
    const to = next(CALL_STATES, from, event)
    if (!to) return false
    this.#state = to
    if (to === 'active') {
      this.#stopTimer()
      this.#active.resolve()
    }
    if (to === 'ended') this.#scope.close(this.#error)
    this.#context.moved({ from, to, reason: this.#reason })
    return true
  }

  end(reason: EndReason, cause?: unknown): void {
    if (this.#reason) return
    this.#reason = reason
    this.#error = endError(reason, cause)
    // Whoever waits hears of it; once it was active, so does whoever comes later.
    this.#active.reject(this.#error)
    this.#active = deferred()
    this.#active.reject(this.#error)
    this.move('end')
  }
}

import { RtcError } from '../base/errors'
import { next } from '../base/machine'
import type { Runtime } from '../base/runtime'
import { Scope } from '../base/scope'
import { abortable, deferred, quietly } from '../base/wait'
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
  readonly #waiting = new Set<() => void>()
  #state: CallState
  #reason: EndReason | undefined
  #cause: unknown
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

  /** Aborts when the call ends. */
  get signal(): AbortSignal {
    return this.#scope.signal
  }

  /** The error with which what waits rejects, once the call has ended. */
  get error(): RtcError | undefined {
    return this.#reason && endError(this.#reason, this.#cause)
  }

  whenActive(signal: AbortSignal | undefined): Promise<void> {
    const active = deferred<void>()
    const look = (): void => {
      if (this.#state === 'active' || this.#state === 'reconnecting') active.resolve()
      else if (this.error) active.reject(this.error)
    }
    this.#waiting.add(look)
    look()
    return abortable(quietly(active.promise.finally(() => this.#waiting.delete(look))), signal)
  }

  /** @throws {@link RtcError} `usage/invalid-state` */
  assert(...states: readonly CallState[]): void {
    if (!states.includes(this.#state)) throw new RtcError('usage/invalid-state', `Not while the call is ${this.#state}.`)
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
    if (event === 'connect') this.#stopTimer()
    if (to === 'ended') this.#scope.close()
    this.#context.moved({ from, to, reason: this.#reason })
    for (const look of [...this.#waiting]) look()
    return true
  }

  end(reason: EndReason, cause?: unknown): void {
    if (this.#reason) return
    this.#reason = reason
    this.#cause = cause
    this.move('end')
  }
}

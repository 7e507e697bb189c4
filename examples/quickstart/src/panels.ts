import { set } from './element'

/** What opens above the buttons of a call, one at a time; the focus goes into it, and back to its button when it closes. */
export class Panels {
  readonly #below: HTMLElement
  readonly #opener: HTMLElement
  #open: HTMLElement | undefined

  /** They appear before `below`; `opener` is the button that they belong to. */
  constructor(below: HTMLElement, opener: HTMLElement) {
    this.#below = below
    this.#opener = opener
  }

  get isOpen(): boolean {
    return this.#open !== undefined
  }

  /** Opens a panel in place of the one that is open. */
  show(panel: HTMLElement): void {
    this.#open?.remove()
    this.#open = panel
    this.#below.before(panel)
    set(this.#opener, { 'aria-expanded': 'true' })
    panel.addEventListener('keydown', (event) => {
      if (event.key !== 'Escape') return
      event.preventDefault()
      this.close()
    })
    // Past the button that closes it.
    const first = panel.querySelector<HTMLElement>(':scope > :not(header) :is(select, button), :scope > select')
    ;(first ?? panel).focus()
  }

  close(): void {
    if (!this.#open) return
    this.#open.remove()
    this.#open = undefined
    set(this.#opener, { 'aria-expanded': 'false' })
    this.#opener.focus()
  }
}

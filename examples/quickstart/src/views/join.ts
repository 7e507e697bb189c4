import { el, say, set } from '../element'
import { icon, thread } from '../icons'
import { nameProblem } from '../name'
import { avatar } from './avatar'

/** The first page. */
export interface JoinView {
  readonly element: HTMLElement
  /** Shows that it is being worked on, or what went wrong. */
  update(state: { readonly busy: boolean; readonly problem?: string }): void
}

/** Asks for a name. */
export const joinView = ({ name = '', onJoin }: { readonly name?: string; readonly onJoin: (name: string) => void }): JoinView => {
  const input = el('input', {
    id: 'name',
    name: 'name',
    autocomplete: 'nickname',
    autocapitalize: 'words',
    spellcheck: 'false',
    maxlength: 64,
    placeholder: 'Aki',
    'aria-describedby': 'name-problem',
  })
  input.value = name
  const problem = el('p', { id: 'name-problem', class: 'problem', role: 'alert' })
  const submit = el('button', { type: 'submit', class: 'button accent wide' }, 'Come online')
  const form = el('form', { novalidate: true }, el('label', { for: 'name' }, 'Your name'), input, problem, submit)

  const complain = (text: string): void => {
    say(problem, text)
    set(input, { 'aria-invalid': text ? 'true' : undefined })
  }
  input.addEventListener('input', () => complain(''))
  form.addEventListener('submit', (event) => {
    event.preventDefault()
    const chosen = input.value.trim().replace(/\s+/g, ' ')
    const wrong = nameProblem(chosen)
    complain(wrong ?? '')
    if (wrong) input.focus()
    else onJoin(chosen)
  })

  const element = el(
    'main',
    { class: 'join' },
    el('p', { class: 'brand' }, icon('logo'), 'Tsunagu'),
    el(
      'div',
      { class: 'join-card' },
      el('div', { class: 'pair still', 'aria-hidden': 'true' }, avatar('Aki', 'large'), thread(), avatar('Bo', 'large')),
      el('h1', {}, 'A call is a thread between two people.'),
      el('p', { class: 'soft' }, 'Say who you are, see who is here, and call. Picture and sound go straight from browser to browser.'),
      form,
    ),
  )
  return {
    element,
    update: ({ busy, problem: text }) => {
      set(submit, { disabled: busy, 'aria-busy': busy ? 'true' : undefined })
      say(submit, busy ? 'Coming online…' : 'Come online')
      complain(text ?? '')
    },
  }
}

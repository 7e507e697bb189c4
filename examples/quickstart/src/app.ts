import type { Client } from 'tsunagu'
import { el } from './element'
import { holdName, nameFromAddress, rememberedName, rememberName } from './name'
import { goOnline } from './online'
import { remedyFor } from './remedies'
import { Ringer } from './ring'
import { joinView } from './views/join'

/** Runs the app in an element: a name, then who is here, then a call. */
export const startApp = async (root: HTMLElement, clientFor: (name: string) => Client): Promise<void> => {
  const page = el('div', { class: 'page' })
  const banner = el('p', { class: 'banner', role: 'status', hidden: true })
  root.replaceChildren(banner, page)
  const ringer = new Ringer()

  const askName = (name: string | undefined, problem?: string): void => {
    const join = joinView({
      ...(name && { name }),
      onJoin: (chosen) => {
        ringer.unlock()
        join.update({ busy: true })
        void connect(chosen, (text, busy) => join.update({ busy, problem: text }))
      },
    })
    banner.hidden = true
    page.replaceChildren(join.element)
    join.update({ busy: false, ...(problem && { problem }) })
    join.element.querySelector('input')?.focus()
  }

  const connect = async (name: string, tell: (problem: string, busy: boolean) => void): Promise<void> => {
    const client = clientFor(name)
    const connecting = new AbortController()
    client.on('stateChanged', ({ to }) => {
      // `connect` goes on trying: the person should know that it does.
      if (to === 'waiting') tell('The server does not answer. Trying again…', true)
    }, { signal: connecting.signal })
    try {
      await client.connect()
    } catch (error) {
      await client.close()
      const { title, text } = remedyFor(error, 'call')
      return tell(`${title}. ${text}`, false)
    } finally {
      connecting.abort()
    }
    rememberName(name)
    const release = holdName(name)
    goOnline({
      client,
      ownName: name,
      page,
      banner,
      ringer,
      onLeft: (problem) => {
        release()
        askName(name, problem)
      },
    })
  }

  const fromAddress = nameFromAddress(location.search)
  askName(fromAddress ?? (await rememberedName()))
  if (fromAddress) root.querySelector('form')?.requestSubmit()
}

import type { Client } from 'tsunagu'
import { Arrivals } from './arrivals'
import { Background } from './blur/background'
import { el } from './element'
import { forgetOnline, holdName, nameFromAddress, nameOnline, rememberedName, rememberName, rememberOnline } from './name'
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
  // Fetched when somebody switches it on.
  const background = new Background(async () => (await import('./blur/segmenter')).loadSegmenter())

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
    const arrivals = new Arrivals(client)
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
    rememberOnline(name)
    const release = holdName(name)
    goOnline({
      client,
      arrivals,
      background,
      ownName: name,
      page,
      banner,
      ringer,
      onLeft: (problem) => {
        release()
        forgetOnline()
        askName(name, problem)
      },
    })
  }

  // Loaded again while it was online, it comes online by itself: a call may be waiting for it.
  const atOnce = nameFromAddress(location.search) ?? (await nameOnline())
  askName(atOnce ?? (await rememberedName()))
  if (atOnce) root.querySelector('form')?.requestSubmit()
}

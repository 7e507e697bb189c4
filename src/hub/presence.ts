import type { PresenceChanged, WireStatus } from '../protocol/messages'
import type { HubConfig } from './config'
import { EVERYBODY, type OnlinePerson } from './options'
import { personOf } from './person'
import type { Registry } from './registry'
import type { Session } from './session'

/** What a person with several devices looks like: the first of these that one of them says. */
const ORDER = ['busy', 'online', 'away'] as const

/** After a change of a person was told, the next ones wait so long and are told as one: each goes to all who watch. */
const TOGETHER_MS = 100

/** Knows who is there and tells those who watch them. */
export class Presence {
  readonly #runtime: HubConfig['runtime']
  readonly #registry: Registry
  readonly #watchers = new Map<string, Set<Session>>()
  /** What was told last; who is offline is not in it. */
  readonly #people = new Map<string, OnlinePerson>()
  /** Of whom something was told just now. */
  readonly #recent = new Map<string, () => void>()

  constructor({ runtime }: HubConfig, registry: Registry) {
    this.#runtime = runtime
    this.#registry = registry
  }

  /** Everybody who is there. */
  get people(): readonly OnlinePerson[] {
    return [...this.#people.values()]
  }

  /** How many ids are watched by somebody. */
  get watchedIds(): number {
    return this.#watchers.size
  }

  /** How many updates it takes to tell a session how those stand whom it has not watched so far. */
  costOf(session: Session, ids: readonly string[]): number {
    const fresh = ids.filter((id) => !session.watched.has(id))
    return fresh.length + (fresh.includes(EVERYBODY) ? this.#people.size : 0)
  }

  /** Replaces what a session watches, and tells it how those stand whom it did not watch before. */
  watch(session: Session, ids: ReadonlySet<string>): void {
    const before = session.watched
    session.watched = ids
    for (const id of before) if (!ids.has(id)) this.#unwatch(session, id)
    session.keepPresence((id) => ids.has(id) || ids.has(EVERYBODY))
    for (const id of ids) {
      const watchers = this.#watchers.get(id) ?? new Set()
      this.#watchers.set(id, watchers.add(session))
      if (before.has(id)) continue
      const own = session.identity.id
      if (id !== EVERYBODY) session.pushPresence(this.#updateOf(id))
      else for (const person of this.#people.values()) if (person.id !== own) session.pushPresence(this.#updateOf(person.id))
    }
  }

  /** Looks again at a person one of whose sessions has changed, and tells the watchers what is new. */
  refresh(user: string): void {
    if (this.#recent.has(user)) return
    const there = this.#registry.of(user).filter(({ present }) => present)
    const status = ORDER.find((candidate) => there.some((session) => session.status === candidate))
    const newest = there.at(-1)
    const name = newest && personOf(newest.identity).name
    const before = this.#people.get(user)
    if (before?.status === status && before?.name === name) return
    if (status) this.#people.set(user, name === undefined ? { id: user, status } : { id: user, name, status })
    else this.#people.delete(user)
    // Whoever leaves keeps the name once more: a list would flip to the id.
    const update = { ...this.#updateOf(user), name: name ?? before?.name }
    const direct = this.#watchers.get(user)
    for (const watcher of direct ?? []) watcher.pushPresence(update)
    for (const watcher of this.#watchers.get(EVERYBODY) ?? [])
      if (!direct?.has(watcher) && watcher.identity.id !== user) watcher.pushPresence(update)
    const again = (): void => {
      this.#recent.delete(user)
      this.refresh(user)
    }
    this.#recent.set(user, this.#runtime.after(TOGETHER_MS, again))
  }

  /** The session is over: it watches nobody, and its person may be gone. */
  leave(session: Session): void {
    for (const id of session.watched) this.#unwatch(session, id)
    session.watched = new Set()
    this.refresh(session.identity.id)
  }

  /** Tells nobody anything any more. */
  close(): void {
    for (const stop of this.#recent.values()) stop()
    this.#recent.clear()
    this.#people.clear()
  }

  #updateOf(id: string): PresenceChanged {
    const person = this.#people.get(id)
    return { type: 'presence', id, name: person?.name, status: person?.status ?? ('offline' satisfies WireStatus) }
  }

  #unwatch(session: Session, id: string): void {
    const watchers = this.#watchers.get(id)
    watchers?.delete(session)
    if (watchers?.size === 0) this.#watchers.delete(id)
  }
}

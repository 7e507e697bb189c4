import type { PresenceStatus, PresenceUpdate } from 'tsunagu'

/** Somebody who can be called. */
export interface Person {
  readonly id: string
  readonly name: string
  readonly status: PresenceStatus
}

const HUES = 8

/** Takes one update of presence into the list of who is here, without ourselves and in the order of their names. */
export const withUpdate = (people: readonly Person[], { id, name, status }: PresenceUpdate, ownId?: string): readonly Person[] => {
  const others = people.filter((person) => person.id !== id)
  if (status === 'offline' || id === ownId) return others
  return [...others, { id, name: name ?? id, status }].sort((a, b) => a.name.localeCompare(b.name))
}

/** One or two letters for a picture. */
export const initialsOf = (name: string): string => {
  const words = name.trim().split(/[\s._@+-]+/).filter(Boolean)
  const picked = words.length > 1 ? [words[0], words.at(-1)] : words
  return picked.map((word) => [...(word ?? '')][0] ?? '').join('').toUpperCase() || '?'
}

/** The same colour for the same person, on every screen. */
export const hueOf = (id: string): number => {
  let sum = 0
  for (const character of id) sum = (sum * 199 + (character.codePointAt(0) ?? 0)) % 65_521
  return sum % HUES
}

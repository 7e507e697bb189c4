import { expect, it } from 'vitest'
import { hueOf, initialsOf, type Person, withUpdate } from './people'

it('keeps people in the order of their names, each once', () => {
  let people: readonly Person[] = []
  for (const id of ['Mira', 'Bo', 'Åsa', 'Bo']) people = withUpdate(people, { id, status: 'online' })
  expect(people.map(({ name }) => name)).toEqual(['Åsa', 'Bo', 'Mira'])
})

it('takes out who goes offline, and never shows ourselves', () => {
  const people: readonly Person[] = [{ id: 'Bo', name: 'Bo', status: 'online' }]
  expect(withUpdate(people, { id: 'Bo', status: 'offline' })).toEqual([])
  expect(withUpdate(people, { id: 'Aki', status: 'online' }, 'Aki')).toEqual(people)
})

it('shows the name that the server gives, and the id where there is none', () => {
  expect(withUpdate([], { id: 'u7', name: 'Bo', status: 'busy' })).toEqual([{ id: 'u7', name: 'Bo', status: 'busy' }])
  expect(withUpdate([], { id: 'u7', status: 'away' })[0]?.name).toBe('u7')
})

it('makes initials of any name', () => {
  expect(['Aki', 'Bo Lindqvist', 'maria del mar', 'jo.doe@example.com', '愛子', ''].map(initialsOf)).toEqual(['A', 'BL', 'MM', 'JC', '愛', '?'])
})

it('gives a person the same one of eight colours every time', () => {
  const hues = ['Aki', 'Bo', 'Mira', 'Carol', 'Dan', 'Eve', 'Finn', 'Gus'].map(hueOf)
  expect(hues).toEqual(['Aki', 'Bo', 'Mira', 'Carol', 'Dan', 'Eve', 'Finn', 'Gus'].map(hueOf))
  expect(hues.every((hue) => hue >= 0 && hue < 8)).toBe(true)
  expect(new Set(hues).size).toBeGreaterThan(3)
})

import { afterEach, expect, it, vi } from 'vitest'
import { nameFromAddress, nameProblem, rememberedName, rememberName } from './name'

afterEach(() => {
  localStorage.clear()
  vi.unstubAllGlobals()
})

it('takes the names that the server takes', () => {
  for (const name of ['Aki', 'Bo Lindqvist', 'jo.doe@example.com', '愛子', 'x', 'a'.repeat(64)]) expect(nameProblem(name)).toBeUndefined()
  for (const name of ['<b>', ' Aki', 'a/b', 'a'.repeat(65), '-aki']) expect(nameProblem(name)).toMatch(/please/)
  expect(nameProblem('')).toBe('Write your name first.')
})

it('reads a name from the address, where it is one', () => {
  expect(nameFromAddress('?name=Bo+Lindqvist')).toBe('Bo Lindqvist')
  expect(nameFromAddress('?name=%3Cb%3E')).toBeUndefined()
  expect(nameFromAddress('')).toBeUndefined()
})

it('remembers the name of the last visit', async () => {
  expect(await rememberedName()).toBeUndefined()
  rememberName('Aki')
  expect(await rememberedName()).toBe('Aki')
})

it('does not suggest a name that another window of this browser is online with', async () => {
  rememberName('Aki')
  vi.stubGlobal('navigator', { locks: { query: async () => ({ held: [{ name: 'tsunagu.name:Aki' }] }) } })
  expect(await rememberedName()).toBeUndefined()
})

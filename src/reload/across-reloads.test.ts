import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { acrossReloads } from '.'

/** One browser: pages that hold locks. */
class Browser {
  readonly #held = new Map<string, object>()

  /** A page with this storage, until another one is shown. */
  show(page: object, storage: Map<string, string>): void {
    vi.stubGlobal('sessionStorage', {
      getItem: (key: string) => storage.get(key) ?? null,
      setItem: (key: string, value: string) => storage.set(key, value),
      removeItem: (key: string) => storage.delete(key),
    })
    vi.stubGlobal('navigator', {
      locks: {
        request: async (name: string, _: object, taken: (lock: object | null) => unknown) => {
          if (this.#held.has(name)) return taken(null)
          this.#held.set(name, page)
          return taken({ name })
        },
      },
    })
  }

  gone(page: object): void {
    for (const [name, holder] of this.#held) if (holder === page) this.#held.delete(name)
  }
}

describe('acrossReloads', () => {
  let browser: Browser
  let storage: Map<string, string>
  const first = {}
  beforeEach(() => {
    browser = new Browser()
    storage = new Map()
    browser.show(first, storage)
  })
  afterEach(() => vi.unstubAllGlobals())

  it('has nothing at first, and after a reload what was saved last', async () => {
    const before = acrossReloads()
    expect(await before.load()).toBeUndefined()
    expect(before.save('one')).toBe(true)
    before.save('two')
    browser.gone(first)
    browser.show({}, storage)
    expect(await acrossReloads().load()).toBe('two')
  })

  it('has it again after each reload', async () => {
    let page = first
    for (const n of [0, 1, 2, 3]) {
      const keeper = acrossReloads()
      expect(await keeper.load()).toBe(n ? `state ${n - 1}` : undefined)
      keeper.save(`state ${n}`)
      browser.gone(page)
      browser.show((page = {}), storage)
    }
  })

  it('gives a duplicated tab nothing, and that one keeps its own from then on', async () => {
    const original = acrossReloads()
    await original.load()
    original.save('secret')
    const copy = new Map(storage)
    const second = {}
    browser.show(second, copy)
    const duplicate = acrossReloads()
    expect(await duplicate.load()).toBeUndefined()
    duplicate.save('of its own')
    browser.gone(second)
    browser.show({}, copy)
    expect(await acrossReloads().load()).toBe('of its own')
    expect(storage.size).toBe(1)
  })

  it('keeps nothing when there is nothing to come back to', async () => {
    const keeper = acrossReloads()
    await keeper.load()
    keeper.save('state')
    keeper.save(undefined)
    expect(storage.size).toBe(0)
  })

  it('may be asked again by the same page', async () => {
    const keeper = acrossReloads()
    await keeper.load()
    keeper.save('state')
    expect(await keeper.load()).toBe('state')
  })

  it('is no duplicate of itself where it makes two at once, or one after the other', async () => {
    const before = acrossReloads()
    await before.load()
    before.save('state')
    browser.gone(first)
    browser.show({}, storage)
    const [one, two] = [acrossReloads(), acrossReloads()]
    expect(await Promise.all([one.load(), two.load()])).toEqual(['state', 'state'])
    const three = acrossReloads()
    expect(await three.load()).toBe('state')
    three.save('next')
    browser.gone(first)
    expect(JSON.parse(storage.get('tsunagu.reload.') ?? '')).toMatchObject({ state: 'next' })
  })

  it('tells clients with different names apart', async () => {
    const [one, two] = [acrossReloads({ name: 'one' }), acrossReloads({ name: 'two' })]
    await Promise.all([one.load(), two.load()])
    one.save('1')
    two.save('2')
    browser.gone(first)
    browser.show({}, storage)
    expect(await acrossReloads({ name: 'two' }).load()).toBe('2')
    expect(await acrossReloads({ name: 'one' }).load()).toBe('1')
  })

  it.each(['nonsense', 'null', '{"page":1,"state":"s"}', '[]'])('takes %s in the storage for nothing', async (text) => {
    storage.set('tsunagu.reload.', text)
    expect(await acrossReloads().load()).toBeUndefined()
  })

  it('keeps nothing without Web Locks', async () => {
    vi.stubGlobal('navigator', {})
    const keeper = acrossReloads()
    expect(await keeper.load()).toBeUndefined()
    expect(keeper.save('state')).toBe(false)
    expect(storage.size).toBe(0)
  })

  it('does without a storage that is forbidden', async () => {
    vi.stubGlobal('sessionStorage', {
      getItem: () => {
        throw new DOMException('no', 'SecurityError')
      },
      setItem: () => {
        throw new DOMException('no', 'QuotaExceededError')
      },
    })
    const keeper = acrossReloads()
    expect(await keeper.load()).toBeUndefined()
    expect(keeper.save('state')).toBe(false)
    expect(storage.size).toBe(0)
  })
})

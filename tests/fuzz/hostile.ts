import type { Chance } from './chance'

/** What stands between these is written into the JSON as it is: numbers that JavaScript cannot keep, depths that its writer cannot write. */
const RAW = /"⟦((?:[^"\\⟦⟧]|\\.)*)⟧"/g
const raw = (text: string): string => `⟦${text}⟧`

/** Writes JSON, also what is none. */
export const write = (value: unknown): string => (JSON.stringify(value) ?? 'null').replace(RAW, (text) => String(JSON.parse(text)).slice(1, -1))

const NUMBERS: readonly unknown[] = [
  0, -1, 1, 0.5, -0.5, 2 ** 31, 2 ** 31 - 1, -(2 ** 31), 2 ** 32, Number.MAX_SAFE_INTEGER, -Number.MAX_SAFE_INTEGER, 1e20, 1e21, -1e300,
  1e-300, raw('-0'), raw('1e400'), raw('-1e400'), raw('9007199254740993'), raw('0.30000000000000004'), raw('1E+2'), raw('99999999999999999999'),
]

/** Numbers that count something, all of them possible ones. */
export const COUNTS: readonly number[] = [0, 1, 2, 3, 7, 64, 255, 1_000, 65_536, 1e6, 2 ** 31, 2 ** 32, 1e12, Number.MAX_SAFE_INTEGER]

/** Names that mean something to JavaScript. */
export const NAMES: readonly string[] = [
  '__proto__', 'constructor', 'prototype', 'toString', 'toJSON', 'valueOf', 'hasOwnProperty', '__defineGetter__', 'then', 'length', 'type', 'n',
]

/** A text that somebody might trip over, from empty to long. */
export const hostileText = (chance: Chance, mostChars = 5_000): string => {
  const text = chance.pick([
    () => '',
    () => ' ',
    () => '*',
    () => '\u0000',
    () => 'null',
    () => 'undefined',
    () => '\ud800',
    () => 'a\udfffb\ud83d',
    () => '\u202e\u200b\ufeff',
    () => 'つなぐ🧵',
    () => '{"type":"bye"}',
    () => '../../etc/passwd',
    () => "'; DROP TABLE sessions; --",
    () => '<img src=x onerror=alert(1)>',
    () => '\r\n\r\nHTTP/1.1 200 OK\r\n',
    () => 'data: {"type":"bye"}\n\n',
    () => chance.pick(NAMES),
    () => 'x'.repeat(chance.pick([64, 65, 128, 129, 256, 257, 1_000, 1_001, mostChars])),
    () => 'つ'.repeat(chance.pick([43, 86, 342])),
    () => String(chance.pick(COUNTS)),
  ])()
  return text.slice(0, mostChars)
}

const nested = (chance: Chance, depth: number): string =>
  chance.flip() ? raw('['.repeat(depth) + ']'.repeat(depth)) : raw('{"a":'.repeat(depth) + '0' + '}'.repeat(depth))

/** Any JSON, more often strange than not; `depth` is how much deeper it may still grow. */
export const hostileValue = (chance: Chance, depth = 3): unknown =>
  chance.pick<() => unknown>([
    () => null,
    () => chance.flip(),
    () => chance.pick(NUMBERS),
    () => chance.pick(NUMBERS),
    () => hostileText(chance),
    () => hostileText(chance, 200),
    () => [],
    () => ({}),
    () => (depth > 0 ? hostileObject(chance, depth - 1) : {}),
    () => (depth > 0 ? Array.from({ length: chance.int(5) }, () => hostileValue(chance, depth - 1)) : []),
    () => nested(chance, chance.pick([2, 10, 62, 63, 64, 65, 66, 500])),
    () => (chance.flip(0.01) ? nested(chance, 20_000) : Array.from({ length: 200 }, () => 0)),
  ])()

/** An object with some members, names that mean something to JavaScript among them. */
export const hostileObject = (chance: Chance, depth = 3): Record<string, unknown> => {
  const made: Record<string, unknown> = {}
  for (let left = chance.int(5); left > 0; left--) define(made, chance.flip() ? chance.pick(NAMES) : `f${chance.int(9)}`, hostileValue(chance, depth))
  return made
}

/** Sets an own member, also where assigning would set the prototype. */
export const define = (target: object, name: string, value: unknown): void =>
  void Object.defineProperty(target, name, { value, enumerable: true, configurable: true, writable: true })

/** JSON as a server passes it on: not too deep, not too long. */
export const opaque = (chance: Chance): unknown => JSON.parse(write(shallow(hostileValue(chance, 2))))

const shallow = (value: unknown): unknown => (write(value).length > 3_000 || /[[{]{40}|(\{"a":){40}/.test(write(value)) ? 'x' : finite(value))
/** What reads as infinite writes as null. */
const finite = (value: unknown): unknown => (write(value).includes('1e400') ? 1e300 : value)

type Container = Record<string, unknown> | unknown[]
interface Place {
  readonly holder: Container
  readonly key: string
  readonly depth: number
}

const isContainer = (value: unknown): value is Container => typeof value === 'object' && value !== null

/** Every place in a value where something stands, but not those inside of long lists. */
const placesOf = (holder: Container, depth = 0, found: Place[] = []): Place[] => {
  if (depth > 6 || found.length > 100) return found
  for (const key of Object.keys(holder)) {
    found.push({ holder, key, depth })
    const value = (holder as Record<string, unknown>)[key]
    if (isContainer(value)) placesOf(value, depth + 1, found)
  }
  return found
}

/** Changes one thing in an object: a value, a field, an id. `words` are texts that mean something here, `spared` names fields to be left alone. */
export const mutate = (root: Record<string, unknown>, chance: Chance, words: readonly string[], spared: readonly string[]): void => {
  const places = placesOf(root).filter(({ depth, key }) => depth > 0 || !spared.includes(key))
  // What stands at the top is what is checked first, and decides most.
  const top = places.filter(({ depth }) => depth === 0)
  const place = chance.pick(top.length && chance.flip(0.6) ? top : places)
  if (!places.length || chance.flip(0.12)) return define(root, chance.flip() ? chance.pick(NAMES.slice(0, -2)) : hostileText(chance, 40), hostileValue(chance, 2))
  const { holder, key } = place
  const old = (holder as Record<string, unknown>)[key]
  const put = (value: unknown): void => define(holder, key, value)
  chance.pick([
    () => put(hostileValue(chance)),
    () => put(hostileValue(chance)),
    () => put(typeof old === 'string' && words.length ? chance.pick(words) : hostileValue(chance)),
    () => put(typeof old === 'string' ? hostileText(chance) : typeof old === 'number' ? chance.pick(NUMBERS) : typeof old === 'boolean' ? !old : null),
    () => put([old]),
    () => put({ [key]: old }),
    () => put(isContainer(old) ? write(old) : String(old)),
    () => put(isContainer(old) ? 0 : Number(old) || 0),
    () => (Array.isArray(holder) ? holder.splice(Number(key), 1) : delete holder[key]),
    () => (Array.isArray(holder) ? holder.push(old, old) : define(holder, hostileText(chance, 20), old)),
    () => {
      const { holder: from, key: name } = chance.pick(places)
      put(structuredClone((from as Record<string, unknown>)[name]))
    },
    () => {
      if (isContainer(old)) define(old, '__proto__', { admin: true, id: 'root', type: 'bye' })
      else put(hostileObject(chance))
    },
  ])()
}

/** Breaks the text of a frame: cut, doubled keys, bytes changed, two in one. */
export const breakText = (text: string, chance: Chance): string => {
  const at = chance.int(text.length)
  return chance.pick([
    () => text.slice(0, at),
    () => text.slice(at),
    () => `${text.slice(0, -1)},${text.slice(1)}`,
    () => text.replace('{', `{"type":"${chance.pick(['bye', 'end', 'gone', 'hello'])}","n":1,"call":"c",`),
    () => text.replace(/\}$/, `,"type":${chance.pick(['"nothing"', '7', 'null', '["bye"]'])}}`),
    () => text.replace(/\}$/, `,"n":${chance.pick(['0', '-1', '1e400', '"7"', '1.5', 'null', '9007199254740993'])}}`),
    () => text + text,
    () => `[${text}]`,
    () => JSON.stringify(text),
    () => `\ufeff${text}`,
    () => `${text}\u0000`,
    () => `${text} //`,
    () => text.replaceAll('"', "'"),
    () => `${text.slice(0, at)}${chance.pick(['\u0000', '"', '}', '\\', '\ud800', ','])}${text.slice(at + 1)}`,
    () => `${' '.repeat(chance.pick([1, 5_000]))}${text}`,
    () => (chance.flip(0.1) ? text.replace(/^\{/, `{"padding":"${'x'.repeat(262_144)}",`) : text.slice(0, -1)),
    () => text.replace(/^\{/, '{"__proto__":{"type":"bye","admin":true},'),
  ])()
}

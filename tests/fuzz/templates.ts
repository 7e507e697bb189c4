import { isRecord } from '../../src/base/record'
import { CLIENT_FRAMES } from '../../src/protocol/client-frames'
import { foresee, type Foreseen } from './foresight'
import { Mutator } from './mutator'
import { CLIENT_SAMPLES, type Scene } from './samples'

/** Stands for the number that is due when the frame is sent. */
const DUE = 4_242_400_000
const DUE_TEXT = /4242[34]\d{5}/g
const NAMES = ['@mal@', '@active@', '@ringing@', '@placed@'] as const

/** A mutant to be sent by many: with what it will be filled in stands for a number and for ids. */
export interface Template {
  readonly text: string
  readonly valid: boolean
  /** What will become of it; `undefined` where that depends on the number that is due. */
  readonly foreseen: Foreseen | undefined
}

/** What stands in for what in a template. */
export type Stand = Readonly<Record<(typeof NAMES)[number], string>>

const scene: Scene = {
  calls: ['the-call-of-aki-and-bob', '@active@', '@ringing@', '@placed@'],
  users: ['@mal@', '@mal@', '@mal@', 'bob', '*', 'nobody', 'nobody either'],
  sessions: ['AAAAAAAAAAAAAAAAAAAAAAAAAA', 'BBBBBBBBBBBBBBBBBBBBBBBBBB'],
  keys: ['A'.repeat(52), 'B'.repeat(52)],
  ids: [1, 2, 3],
}

const numberIn = (text: string): unknown => {
  try {
    const raw: unknown = JSON.parse(text)
    return isRecord(raw) ? raw['n'] : undefined
  } catch {
    return undefined
  }
}

/** So many mutants of one type; the same ones for a seed. */
export const templatesOf = (type: string, count: number, seed: number): readonly Template[] => {
  const mutator = new Mutator(type, { seed, samples: CLIENT_SAMPLES, shapes: CLIENT_FRAMES, scene })
  const numbered = 'n' in (CLIENT_FRAMES[type as keyof typeof CLIENT_FRAMES] ?? {})
  return Array.from({ length: count }, () => {
    const { text, valid } = mutator.next(numbered ? DUE : undefined)
    const n = numberIn(text)
    // A number of its own, or one that was copied to where it means something else.
    const absolute = (typeof n === 'number' && Math.abs(n - DUE) > 10_000) || (text.match(DUE_TEXT)?.length ?? 0) > 1
    return { text, valid, foreseen: absolute ? undefined : foresee(text, DUE - 1) }
  })
}

/** The text as it goes out, with the number that is due and the ids that there are. */
export const fill = (text: string, n: number, stand: Stand): string => {
  let filled = text.replace(DUE_TEXT, (due) => String(Number(due) - DUE + n))
  if (filled.includes('@')) for (const name of NAMES) filled = filled.replaceAll(name, stand[name])
  return filled
}

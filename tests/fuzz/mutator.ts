import { decode, type Shapes } from '../../src/protocol/decode'
import { Chance, hashOf } from './chance'
import { breakText, mutate, write } from './hostile'
import type { Sample, Scene } from './samples'

/** One frame that is wrong, or right and hostile. */
export interface Mutant {
  readonly text: string
  /** It passes the schema of whoever gets it. */
  readonly valid: boolean
}

type AnyShapes = Shapes<{ readonly type: string }>

/** How often a frame is to pass the schema, at the least: the rest is dropped before it can do anything. */
export const VALID_SHARE = 0.4

const SPARED = ['type', 'n']

/** Makes mutants of one type of frame; the same ones for a seed. */
export class Mutator {
  readonly chance: Chance
  readonly #type: string
  readonly #sample: Sample
  readonly #shapes: AnyShapes
  readonly #scene: Scene
  readonly counts = { made: 0, valid: 0 }

  constructor(type: string, { seed, samples, shapes, scene }: {
    readonly seed: number
    readonly samples: Readonly<Record<string, Sample>>
    readonly shapes: object
    readonly scene: Scene
  }) {
    const sample = samples[type]
    if (!sample) throw new Error(`Nothing makes frames of type "${type}": add it to tests/fuzz/samples.ts.`)
    this.chance = new Chance(seed ^ hashOf(type))
    this.#type = type
    this.#sample = sample
    this.#shapes = shapes as AnyShapes
    this.#scene = scene
  }

  /** The next one. `n`: the number that is due, or `undefined` where frames of this type have none. */
  next(n: number | undefined): Mutant {
    const wantsValid = this.chance.flip(VALID_SHARE)
    let mutant = this.#make(n, wantsValid)
    for (let tries = 0; wantsValid && !mutant.valid && tries < 5; tries++) mutant = this.#make(n, tries < 4)
    if (wantsValid && !mutant.valid) mutant = this.#judge(write({ type: this.#type, ...(n !== undefined && { n }), ...this.#sample(this.chance, this.#scene) }))
    this.counts.made++
    if (mutant.valid) this.counts.valid++
    return mutant
  }

  #make(n: number | undefined, gently: boolean): Mutant {
    const { chance } = this
    const frame: Record<string, unknown> = { type: this.#type, ...(n !== undefined && { n }), ...this.#sample(chance, this.#scene) }
    const { calls, users, sessions, keys } = this.#scene
    // A number or a type that is wrong hides everything else, so that is rare.
    const spared = chance.flip(0.96) ? SPARED : []
    if (!gently || chance.flip(0.8)) for (let times = chance.pick([1, 1, 1, 2, 3]); times > 0; times--) mutate(frame, chance, [...calls, ...users, ...sessions, ...keys], spared)
    if (n !== undefined && chance.flip(0.02)) frame['n'] = n + chance.pick([-1, -1, -1, -2, -n, 1, 2, 1_000])
    if (chance.flip(0.02)) frame['type'] = chance.pick(['teleport', '__proto__', 'constructor', 'toString', '', ` ${this.#type}`, this.#type.toUpperCase()])
    const text = write(frame)
    return this.#judge(!gently && chance.flip(0.2) ? breakText(text, chance) : text)
  }

  #judge(text: string): Mutant {
    return { text, valid: 'frame' in decode(this.#shapes, text) }
  }
}

/** What a failure must say, so that it can be had again. */
export const evidence = (seed: number, type: string, index: number, text: string): string =>
  `FUZZ_SEED=${seed}, type ${type}, frame ${index}: ${text.length > 2_000 ? `${text.slice(0, 2_000)}… (${text.length} characters)` : text}`

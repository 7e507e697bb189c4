import { RtcError } from '../base/errors'
import { isRecord } from '../base/record'

/** Tells whether a field may have this value. */
export type Check = (value: unknown) => boolean

/** The fields of each type of frame; what is not named here is ignored. */
export type Shapes<Frame extends { readonly type: string }> = {
  readonly [Type in Frame['type']]: {
    readonly [Field in Exclude<keyof Extract<Frame, { readonly type: Type }>, 'type'>]-?: Check
  }
}

/** A frame that was understood, or what is wrong with it. A bad frame that has a number still counts as received. */
export type Decoded<Frame> =
  | { readonly frame: Frame; readonly unknownFields: number }
  | { readonly problem: 'malformed' | 'unknown'; readonly n: number | undefined }

export const isText: Check = (value) => typeof value === 'string'
export const isFlag: Check = (value) => typeof value === 'boolean'
export const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0
/** Whether this can name somebody: 1 to 256 characters. */
export const isAddress = (value: unknown): value is string => typeof value === 'string' && value !== '' && value.length <= 256
export const isAnything: Check = () => true
export const optional =
  (check: Check): Check =>
  (value) =>
    value === undefined || check(value)
export const oneOf =
  (...values: readonly unknown[]): Check =>
  (value) =>
    values.includes(value)
export const isPerson: Check = (value) => isRecord(value) && isText(value.id) && optional(isText)(value.name)
export const isMediaWish: Check = (value) => isRecord(value) && isFlag(value.audio) && isFlag(value.video)

/** Reads one frame of the network: never throws, and hands on only fields that were checked. */
export const decode = <Frame extends { readonly type: string }>(shapes: Shapes<Frame>, text: string): Decoded<Frame> => {
  let raw: unknown
  try {
    raw = JSON.parse(text)
  } catch {
    // `raw` stays undefined, which is no record.
  }
  if (!isRecord(raw)) return { problem: 'malformed', n: undefined }
  const n = isCount(raw.n) && raw.n > 0 ? raw.n : undefined
  const { type } = raw
  if (typeof type !== 'string') return { problem: 'malformed', n }
  // Own members only: a type of "constructor" must not find what every object inherits.
  if (!Object.hasOwn(shapes, type)) return { problem: 'unknown', n }
  const frame: Record<string, unknown> = { type }
  let unknownFields = Object.keys(raw).length - 1
  for (const [field, check] of Object.entries<Check>(shapes[type as Frame['type']])) {
    const value = Object.hasOwn(raw, field) ? raw[field] : undefined
    if (!check(value)) return { problem: 'malformed', n }
    if (value === undefined) continue
    frame[field] = value
    unknownFields--
  }
  return { frame: frame as unknown as Frame, unknownFields }
}

/**
 * Writes a frame, or what goes into one.
 * @throws {@link RtcError} `usage/invalid-argument` for what is no JSON
 */
export const encode = (value: unknown): string => {
  try {
    // Of a function there is none, and a frame would go without it.
    return JSON.stringify(value).toString()
  } catch (cause) {
    throw new RtcError('usage/invalid-argument', 'Data must be JSON.', { cause })
  }
}

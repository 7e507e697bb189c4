import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { CLIENT_FRAMES } from './client-frames'
import { decode } from './decode'
import { MAX_DEPTH, MAX_FRAME_BYTES, MAX_HELD_BYTES, MAX_HELD_FRAMES } from './limits'
import type { ClientFrame, ServerFrame } from './messages'
import { SERVER_FRAMES } from './server-frames'

const specification = readFileSync(new URL('../../docs/protocol.md', import.meta.url), 'utf8')

/** Every JSON object in the examples of the page. */
const examples = [...specification.matchAll(/^```json\n(.*?)^```/gms)].flatMap(([, block = '']) =>
  block.split(/\n(?=\{)/).map((text) => text.trim()),
)

/** The table of all frames as `client hello` → its fields. */
const table = new Map(
  [...specification.matchAll(/^\| (client|server|both) \| (`.+?`) \| (.*?) ?\|$/gm)].flatMap(([, from = '', names = '', fields = '']) =>
    [...names.matchAll(/`(\w+)`/g)].flatMap(([, name]) =>
      (from === 'both' ? ['client', 'server'] : [from]).map((side): [string, string[]] => [
        `${side} ${name}`,
        // What stands behind a colon are values, not fields.
        [...fields.replaceAll(/: (`\w+`( or `\w+`)?|person)/g, '').matchAll(/`(\w+)\??`/g)].map(([, field = '']) => field),
      ]),
    ),
  ),
)

describe('docs/protocol.md', () => {
  it('has examples that are frames, with no field that we do not know', () => {
    expect(examples.length).toBeGreaterThan(20)
    for (const text of examples) {
      const parsed = JSON.parse(text) as { readonly type?: string; readonly epoch?: number }
      // What the ends of a call say to each other has no type.
      if (parsed.type === undefined) {
        expect(parsed.epoch).toBe(0)
        continue
      }
      const read = [decode<ClientFrame>(CLIENT_FRAMES, text), decode<ServerFrame>(SERVER_FRAMES, text)]
      expect(read, text).toContainEqual(expect.objectContaining({ unknownFields: 0 }))
    }
  })

  it('lists every frame with every field, and none that there is not', () => {
    const shapes = { client: CLIENT_FRAMES, server: SERVER_FRAMES }
    const real = new Map(
      Object.entries(shapes).flatMap(([side, frames]) =>
        Object.entries(frames).map(([type, fields]): [string, string[]] => [`${side} ${type}`, Object.keys(fields)]),
      ),
    )
    const sorted = (map: ReadonlyMap<string, string[]>) =>
      Object.fromEntries([...map].map(([name, fields]) => [name, [...fields].sort()]))
    expect(sorted(table)).toEqual(sorted(real))
  })

  it('tells the limits as they are', () => {
    for (const limit of [MAX_DEPTH, MAX_FRAME_BYTES, MAX_HELD_BYTES, MAX_HELD_FRAMES])
      expect(specification).toContain(limit.toLocaleString('en'))
  })
})

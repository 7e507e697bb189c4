import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** One entry of a package: what its users import, where it is built to and what it is built from. */
export interface Entry {
  /** What is imported: `tsunagu/peer`. */
  readonly name: string
  /** Key of the build, without extension: `peer`. */
  readonly key: string
  /** The TypeScript it is made of: `src/peer/index.ts`. */
  readonly source: string
  /** The built module: `dist/peer.js`. */
  readonly js: string
  /** Its types: `dist/peer.d.ts`. */
  readonly types: string
}

const sourceOf = (key: string): string => {
  if (key === 'index') return 'src/index.ts'
  return key.startsWith('adapters/') ? `${key}/index.ts` : `src/${key}/index.ts`
}

/** The entries of the package in a folder, in the order of its `exports`: that map is the one list of them. */
export const entriesOf = (root: string): Entry[] => {
  const { name, exports } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    name: string
    exports: Record<string, { types: string; default: string } | string>
  }
  return Object.entries(exports).flatMap(([path, target]) => {
    if (typeof target === 'string') return []
    const key = path === '.' ? 'index' : path.slice(2)
    return [
      {
        name: path === '.' ? name : `${name}/${key}`,
        key,
        source: sourceOf(key),
        js: target.default.replace(/^\.\//, ''),
        types: target.types.replace(/^\.\//, ''),
      },
    ]
  })
}

import { cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { join, resolve } from 'node:path'

/** A folder with our packages as `npm install` would put them there; everything else is found in the repository's own node_modules. */
export interface Installation {
  readonly folder: string
  /** The server's module. */
  readonly server: string
  remove(): void
}

/** Copies what is built and published, so that a bench measures one state from its first round to its last. */
export const install = (): Installation => {
  mkdirSync('.tmp', { recursive: true })
  const folder = mkdtempSync(resolve('.tmp', 'bench-'))
  for (const [name, source] of [['tsunagu', '.'], ['tsunagu-server', 'server']] as const)
    for (const part of ['package.json', 'dist'])
      cpSync(join(source, part), join(folder, 'node_modules', name, part), { recursive: true })
  return {
    folder,
    server: join(folder, 'node_modules/tsunagu-server/dist/index.js'),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  }
}

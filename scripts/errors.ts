/** `npm run check:errors`: docs/errors.md is what the catalogue says; `npm run errors:update` writes it. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { ERROR_CATALOGUE, ERROR_AREAS } from './error-catalogue'

const FILE = 'docs/errors.md'

const render = (): string => {
  const lines = [
    '# Errors',
    '',
    '<!-- Made by `npm run errors:update` from scripts/error-catalogue.ts. -->',
    '',
    'Everything that fails does so with an `RtcError`: `code` says what happened to a program, `message` says it to a person, `fix`',
    'says what to do, and `cause` holds what the browser said. `isRtcError(value)` tells one from any other error, also when it comes',
    'from another copy of the SDK. What you asked for rejects its promise; what nobody asked for is an event. Never both.',
    '',
    'This page is in the package too, as `node_modules/tsunagu/docs/errors.md`: that is what a `fix` means which says `See docs/errors.md`. Message',
    'and `fix` are written for whoever makes the app, so log them, and show people a sentence of your own per `code`.',
  ]
  for (const [area, about] of Object.entries(ERROR_AREAS)) {
    lines.push('', `## ${area}`, '', about)
    for (const [code, { meaning, remedy }] of Object.entries(ERROR_CATALOGUE))
      if (code.startsWith(`${area}/`)) lines.push('', `### ${code}`, '', meaning, '', `**What to do.** ${remedy}`)
  }
  return `${lines.join('\n')}\n`
}

const wanted = render()
if (process.argv.includes('--update')) writeFileSync(FILE, wanted)
else if (!existsSync(FILE) || readFileSync(FILE, 'utf8') !== wanted) {
  console.error(`${FILE} is out of date; npm run errors:update writes it.`)
  process.exitCode = 1
}

/** Makes pages of the documents for `npm start`, with the addresses that GitHub gives their headings. */

/** The address of a heading within its page, as GitHub makes it; a second one of the same name is numbered. */
const slugs = () => {
  const seen = new Map()
  return (heading) => {
    const slug = heading
      .trim()
      .toLowerCase()
      .replace(/[^\p{L}\p{M}\p{N}\p{Pc} -]/gu, '')
      .replaceAll(' ', '-')
    const times = seen.get(slug) ?? 0
    seen.set(slug, times + 1)
    return times ? `${slug}-${times}` : slug
  }
}

const textOf = (inline) => inline.children.map(({ content }) => content).join('')

const NAV = [
  ['/docs/guide/first-call.md', 'First call'],
  ['/docs/guide/concepts.md', 'Concepts'],
  ['/docs/architecture.md', 'Architecture'],
]

const pageOf = (path, title, body) => `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <meta name="color-scheme" content="light dark" />
    <title>${title} · Tsunagu</title>
    <link rel="icon" href="/icon.svg" type="image/svg+xml" />
    <link rel="stylesheet" href="/docs/tokens/tokens.css" />
    <link rel="stylesheet" href="/docs/look/page.css" />
  </head>
  <body>
    <header>
      <a class="brand" href="/">Tsunagu</a>
      <nav aria-label="Documentation">
        ${NAV.map(([to, name]) => `<a href="${to}"${to === path ? ' aria-current="page"' : ''}>${name}</a>`).join('\n        ')}
      </nav>
    </header>
    <main>
${body}    </main>
  </body>
</html>
`

/**
 * What makes a page of the Markdown that lies under an address; `undefined` where markdown-it is not installed, as after an install
 * without what only development needs.
 */
export const loadMarkdown = async () => {
  const { default: MarkdownIt } = await import('markdown-it').catch(() => ({}))
  if (!MarkdownIt) return undefined
  // The documents are our own, and the policy of the page runs no script of theirs.
  const markdown = new MarkdownIt({ html: true })
  // A wide table scrolls by itself, not the page with it.
  markdown.renderer.rules.table_open = () => '<div class="wide"><table>\n'
  markdown.renderer.rules.table_close = () => '</table></div>\n'
  return (path, text) => {
    const tokens = markdown.parse(text, {})
    const slugOf = slugs()
    let title
    tokens.forEach((token, index) => {
      if (token.type !== 'heading_open') return
      const name = textOf(tokens[index + 1])
      title ??= name
      token.attrSet('id', slugOf(name))
    })
    return pageOf(path, markdown.utils.escapeHtml(title ?? path), markdown.renderer.render(tokens, markdown.options, {}))
  }
}

/** Where a browser says a request comes from, and whether its answer may be read there. */
export interface OriginVerdict {
  readonly allowed: boolean
  /** The header as sent; `undefined` from anything that is not a browser, and from a page's own same-origin GET. */
  readonly origin: string | undefined
}

/**
 * The origin that somebody wrote down, in the spelling that browsers send it in (RFC 6454 section 6.2): no path, lower case,
 * no default port. `undefined` for what is none; `*` and `null` stand for themselves.
 */
export const originOf = (text: string): string | undefined => {
  if (text === '*' || text === 'null') return text
  if (text.includes('*') || !URL.canParse(text)) return undefined
  const { origin, protocol, host } = new URL(text)
  if (origin !== 'null') return origin
  // Apps and extensions have schemes of their own, which URL knows no origins of: capacitor://localhost.
  return host ? `${protocol}//${host}` : undefined
}

const hostOf = (origin: string): string | undefined => {
  try {
    return new URL(origin).host
  } catch {
    return undefined
  }
}

/**
 * Makes the judge of `Origin` headers.
 *
 * Browsers put no same-origin policy on WebSockets (RFC 6455 section 10.2): without this check any page that a visitor
 * opens could speak to the server in the visitor's name. A request without `Origin` comes from no page and is allowed.
 * Without a list, only pages of the very host that the request was sent to are allowed. The list is as `originOf` spells it.
 */
export const judgeOrigins =
  (allowed: readonly string[] | undefined) =>
  (headers: { readonly origin?: string | undefined; readonly host?: string | undefined }): OriginVerdict => {
    const { origin, host } = headers
    if (origin === undefined) return { allowed: true, origin }
    if (!allowed) return { allowed: host !== undefined && hostOf(origin) === host.toLowerCase(), origin }
    return { allowed: allowed.includes('*') || allowed.includes(origin), origin }
  }

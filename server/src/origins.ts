/** Where a browser says a request comes from, and whether its answer may be read there. */
export interface OriginVerdict {
  readonly allowed: boolean
  /** The header as sent; `undefined` from anything that is not a browser, and from a page's own same-origin GET. */
  readonly origin: string | undefined
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
 * Without a list, only pages of the very host that the request was sent to are allowed.
 */
export const judgeOrigins =
  (allowed: readonly string[] | undefined) =>
  (headers: { readonly origin?: string | undefined; readonly host?: string | undefined }): OriginVerdict => {
    const { origin, host } = headers
    if (origin === undefined) return { allowed: true, origin }
    if (!allowed) return { allowed: host !== undefined && hostOf(origin) === host.toLowerCase(), origin }
    return { allowed: allowed.includes('*') || allowed.includes(origin), origin }
  }

import { RtcError } from '../base/errors'

/** Hashes a session key with the Web Crypto API, which Node and every secure page have. */
export const sha256 = async (text: string): Promise<string> => {
  // eslint-disable-next-line no-restricted-globals -- a pure function of its input: there is nothing here for a test to fake
  const subtle = globalThis.crypto?.subtle as SubtleCrypto | undefined
  if (!subtle)
    throw new RtcError('usage/unsupported-environment', 'There is no crypto.subtle in this page.', {
      fix: 'Serve the page over https or from localhost, or give the Hub a `hash` of your own.',
    })
  const digest = new Uint8Array(await subtle.digest('SHA-256', new TextEncoder().encode(text)))
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('')
}

/** Compares two hashes in a time that does not tell where they differ. */
export const sameHash = (one: string, other: string): boolean => {
  let difference = one.length ^ other.length
  for (let at = 0; at < one.length; at++) difference |= one.charCodeAt(at) ^ other.charCodeAt(at)
  return difference === 0
}

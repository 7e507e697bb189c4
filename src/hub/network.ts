/**
 * What an address counts as: itself, or with IPv6 the network of 64 bits that it lies in, for that is the least that one
 * subscriber is given (RFC 6177). What is no IPv6 address counts as it is.
 */
export const networkOf = (remote: string): string => {
  if (!remote.includes(':')) return remote
  const [head = [], tail = []] = remote.split('::', 2).map((side) => side.split(':').filter(Boolean))
  const zeros = remote.includes('::') ? Array<string>(Math.max(0, 8 - head.length - tail.length)).fill('0') : []
  return [...head, ...zeros, ...tail].slice(0, 4).join(':')
}

import type { End, Invited } from '../protocol/messages'

/** A call as the hub sees it: it rings at every device of the callee until one of them answers. */
export interface HubCall<Party> {
  /** Made by the caller, so it means this call to its parties alone: others may call something else so. */
  readonly id: string
  /** Told to the two sides when one has answered: it proves later that the call is theirs. */
  readonly key: string
  /** What a page that was loaded again is told of the invitation. */
  readonly body: Pick<Invited, 'media' | 'metadata' | 'replaces'>
  /** The highest of its connections that we know of. */
  epoch: number
  caller: Party
  readonly ringing: Set<Party>
  /** What somebody said on the last device that did not just disappear. */
  said?: Pick<End, 'code' | 'text'> & { readonly person: string }
  callee: Party | undefined
  alerted: boolean
  /** Who was told that the other side's link is lost. */
  readonly alone: Set<Party>
}

/** Whoever does not know the key of a call meets nobody with its id, and stands in nobody's way. */
export const placeOf = ({ id, key }: Pick<HubCall<never>, 'id' | 'key'>): string => JSON.stringify([id, key])

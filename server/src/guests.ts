import { createHash } from 'node:crypto'
import { RtcError, type ClientContext, type Identity } from 'tsunagu/hub'

/** Said at every start in guest mode. */
export const GUEST_WARNING =
  'GUEST MODE: everybody is who they say they are. Pass `authenticate` before strangers can reach this server.'

/** What a guest may be called: nothing that looks like markup, a path or a wildcard, and none of Unicode's categories C. */
const SAFE_NAME = /^[\p{L}\p{N}](?:[\p{L}\p{M}\p{N} ._@+-]{0,62}[\p{L}\p{M}\p{N}._@+-])?$/u

/** Letters and marks that a page shows as nothing, such as U+3164 HANGUL FILLER (Unicode Standard section 5.21). */
const INVISIBLE = /\p{Default_Ignorable_Code_Point}/u

/** Takes the token for a name and believes it; without one, makes up a name that stays the same for one client. */
export const guestIdentity = (token: string | undefined, { instance }: Pick<ClientContext, 'instance'>): Identity => {
  if (token === undefined || token === '') {
    const id = `guest-${createHash('sha256').update(instance).digest('hex').slice(0, 12)}`
    return { id, name: id }
  }
  // One name has one spelling: composed, of usual width, with single spaces (Unicode Standard Annex 15, form KC).
  const id = token.normalize('NFKC').replace(/ {2,}/g, ' ')
  if (!SAFE_NAME.test(id) || INVISIBLE.test(id))
    throw new RtcError('signaling/unauthorized', 'A guest name is 1 to 64 letters, digits, spaces or . _ @ + -', {
      fix: 'Pass such a name as the token, or none to be given one.',
    })
  return { id, name: id }
}

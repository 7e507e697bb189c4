import { isRecord } from '../base/record'
import { isAddress } from '../protocol/decode'
import { EVERYBODY, type Identity } from './options'

/** Characters that logs, lists and other systems choke on; half of a surrogate pair is no character at all. */
const UNWRITABLE = /[\p{Cc}\p{Cs}]/u

const MAX_NAME_LENGTH = 256

/** What `authenticate` gave as an identity, or what is wrong with it: hooks are the app's, and not all apps are typed. */
export const readIdentity = (given: unknown): Identity | string => {
  if (!isRecord(given) || !isAddress(given.id) || given.id === EVERYBODY)
    return "`authenticate` gave no identity, which is { id } with 1 to 256 characters and not '*': did you forget to return it?"
  const { id, name } = given
  if (UNWRITABLE.test(id)) return '`authenticate` gave an id with control characters, or with half of a surrogate pair.'
  if (name === null) {
    // An empty column of a database.
    const nameless: Record<string, unknown> = { ...given }
    delete nameless['name']
    return nameless as unknown as Identity
  }
  if (name !== undefined && (typeof name !== 'string' || name.length > MAX_NAME_LENGTH))
    return '`authenticate` gave a name that is no text of at most 256 characters: leave it out where there is none.'
  return given as unknown as Identity
}

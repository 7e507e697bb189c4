import { isRtcError } from '../base/errors'
import type { HubConfig } from './config'
import { faultOf } from './fault'
import { DOWN, type Gate, isMissing, type Refusal } from './gate'
import { readIdentity } from './identity'
import type { ClientContext, Identity } from './options'

const UNAUTHORIZED: Refusal = { code: 'signaling/unauthorized', retry: 'never' }
const NO_IDENTITY: Refusal = { ...UNAUTHORIZED, text: 'The server could not tell who this is.' }

/** Asks the app who shows a token; `undefined` where its link was turned away. */
export const identify = async (
  { authenticate, counters, logger }: HubConfig,
  token: string | undefined,
  instance: string,
  gate: Gate,
): Promise<Identity | undefined> => {
  let refusal = UNAUTHORIZED
  const context: ClientContext = gate.remote === undefined ? { instance } : { instance, remote: gate.remote }
  try {
    const identity = readIdentity(await authenticate(token, context))
    if (typeof identity !== 'string') return identity
    logger.error(identity)
    refusal = NO_IDENTITY
  } catch (error) {
    // Not the token's fault: the link's gate tells.
    if (isMissing(error)) throw error
    logger.warn('`authenticate` failed.', faultOf(error, token))
    if (isRtcError(error)) {
      if (error.code === 'signaling/unreachable') {
        gate.refuse(DOWN)
        return undefined
      }
      // Written for the client, unlike what other errors say.
      refusal = { ...UNAUTHORIZED, text: error.message }
    }
  }
  counters.unauthorized++
  gate.refuse(refusal)
  return undefined
}

import { peerjs } from './peerjs'

/** Without a line of the app's own. */
export const contender = peerjs(false)

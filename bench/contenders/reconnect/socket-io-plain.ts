import { socketIo } from './socket-io'

/** Without its recovery, which is how it comes. */
export const contender = socketIo(false)

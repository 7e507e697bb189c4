import type * as Transfer from './transfer'

/** Few calls are put through: what that takes loads when one is. */
export const transfers = (): Promise<typeof Transfer> => import('./transfer')

import type { Person } from '../protocol/messages'
import type { Identity } from './options'

/** What others are told of someone: not the grants. */
export const personOf = ({ id, name }: Identity): Person => (typeof name === 'string' ? { id, name } : { id })

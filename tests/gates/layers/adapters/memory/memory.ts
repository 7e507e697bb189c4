import { link } from '../../src/link/link'

export const memory = link

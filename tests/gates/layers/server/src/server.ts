import { client } from '../../src/client'

export const server = client

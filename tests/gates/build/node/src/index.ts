// @ts-expect-error there are no types of Node here
import { hostname } from 'node:os'

export const one: string = hostname()

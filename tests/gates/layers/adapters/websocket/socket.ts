import type { Up } from '../../src/protocol/up'

export const socket = (up: Up): string => up.name

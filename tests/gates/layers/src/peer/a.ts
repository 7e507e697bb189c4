import type { B } from './b'
import type { Own } from '../signaling/own'

export interface A {
  readonly b: B
  readonly own: Own
}

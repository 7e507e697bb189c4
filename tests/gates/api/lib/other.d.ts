export type { Shown } from './hidden'

import type { Hidden, Shown } from './hidden'
export declare const added: (hidden: Hidden, shown: Shown) => void

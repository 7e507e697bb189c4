/** What a page may want of a library. */
export type SizeMetric = 'calls with signaling' | 'one connection' | 'messages through a server' | 'script tag'

/**
 * What a library takes for each thing it can do: the program of a user who takes just that, or the file that a script tag
 * loads. A module in bench/contenders/size/ exports it as `contender`.
 */
export type SizeContender = Readonly<Partial<Record<SizeMetric, { readonly program: string } | { readonly file: string }>>>

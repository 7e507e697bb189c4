/** Someone, as the server vouches for them. */
export interface Person {
  readonly id: string
  readonly name?: string
}

/** What a caller means to send. */
export interface MediaWish {
  readonly audio: boolean
  readonly video: boolean
}

/** Which end of a call somebody is. */
export type CallRole = 'caller' | 'callee'

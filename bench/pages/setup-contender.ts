/** Which server a contender of the bench `setup` speaks to. */
export type ServerName = 'tsunagu' | 'peerjs' | 'relay'

/** One page's end of whatever a contender connects two pages with. */
export interface Line {
  /** Sends the tracks of `media` and opens a data channel. */
  call(to: string, media: MediaStream): void
  /** Ends whatever there is, at this side or both. */
  hangUp(): void
}

/** A way to connect two pages with sound, picture and data: a module in bench/contenders/setup/ exports it as `contender`. */
export interface SetupContender {
  readonly server: ServerName
  /** Comes online. `answer` is asked for its media at the moment an incoming call is answered, which is at once. */
  join(url: string, name: string, answer: () => MediaStream): Promise<Line>
}

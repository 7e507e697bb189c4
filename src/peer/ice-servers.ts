/** Which servers help a connection find its path, and how strictly they are used. */
export interface IceConfig {
  readonly servers: readonly RTCIceServer[]
  /** `relay`: only through a TURN server, which hides addresses from the other side. */
  readonly policy: 'all' | 'relay'
}

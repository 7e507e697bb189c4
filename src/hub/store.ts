/** What is kept of a session so that any link can prove that it may take it over. */
export interface SessionRecord {
  readonly session: string
  readonly user: string
  readonly keyHash: string
  /** Grows with each link that takes the session over. */
  readonly epoch: number
}

/** Where sessions are on record. Every method is one atomic step, so that several processes may share a store. */
export interface SessionStore {
  add(record: SessionRecord): Promise<void>
  find(session: string): Promise<SessionRecord | undefined>
  /** Raises the epoch by one if it still is the given one; tells whether it was. */
  attach(session: string, epoch: number): Promise<boolean>
  remove(session: string): Promise<void>
}

/** Keeps sessions in this process' memory. */
export class MemoryStore implements SessionStore {
  readonly #records = new Map<string, SessionRecord>()

  /** How many sessions are on record. */
  get size(): number {
    return this.#records.size
  }

  async add(record: SessionRecord): Promise<void> {
    this.#records.set(record.session, record)
  }

  async find(session: string): Promise<SessionRecord | undefined> {
    return this.#records.get(session)
  }

  async attach(session: string, epoch: number): Promise<boolean> {
    const record = this.#records.get(session)
    if (record?.epoch !== epoch) return false
    this.#records.set(session, { ...record, epoch: epoch + 1 })
    return true
  }

  async remove(session: string): Promise<void> {
    this.#records.delete(session)
  }
}

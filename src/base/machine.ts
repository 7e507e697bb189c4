/** A life cycle as data: for each state, the events it knows and the state each leads to. */
export type Table<State extends string, Event extends string> = Readonly<
  Record<State, Readonly<Partial<Record<Event, State>>>>
>

/** The state an event leads to, or `undefined` where the table does not know the event in that state. */
export const next = <State extends string, Event extends string>(
  table: Table<State, Event>,
  state: State,
  event: Event,
): State | undefined => table[state][event]

import type { Door, DoorContext } from './door'
import { longPollingDoor } from './long-polling'
import { socketIoDoor } from './socket-io'
import { sseDoor } from './sse'
import { webSocketDoor } from './websocket'

/** A way in: the name of the transport it is for. */
export type DoorName = 'websocket' | 'sse' | 'long-polling' | 'socket-io'

/** How to make each door there is. Each request is offered to one after the other, in this order. */
const DOORS: Readonly<Record<DoorName, (context: DoorContext) => Door | Promise<Door>>> = {
  websocket: webSocketDoor,
  sse: sseDoor,
  'long-polling': longPollingDoor,
  'socket-io': socketIoDoor,
}

/** Every name of a door. */
export const DOOR_NAMES = Object.keys(DOORS) as readonly DoorName[]

/** How much went through one door. */
export interface DoorStats {
  /** Links that are open right now. */
  readonly links: number
  /** Frames from clients, since the start. */
  readonly received: number
  /** Frames to clients, since the start. */
  readonly sent: number
}

/** The doors of a server. */
export interface OpenDoors {
  readonly doors: readonly Door[]
  /** How much went through each. */
  stats(): Readonly<Partial<Record<DoorName, DoorStats>>>
}

/**
 * Opens the doors with these names.
 *
 * @throws {@link RtcError} `usage/unsupported-environment` where a door needs a package that is not installed.
 */
export const openDoors = async (names: readonly DoorName[], context: DoorContext): Promise<OpenDoors> => {
  const all: Partial<Record<DoorName, DoorStats>> = {}
  const doors: Door[] = []
  for (const name of DOOR_NAMES.filter((known) => names.includes(known))) {
    const counted = { links: 0, received: 0, sent: 0 }
    all[name] = counted
    const connect: DoorContext['connect'] = (link) => {
      counted.links++
      let open = true
      const send = (frame: string): void => {
        counted.sent++
        link.send(frame)
      }
      const sink = context.connect({ ...link, send })
      return {
        frame: (frame) => {
          counted.received++
          sink.frame(frame)
        },
        closed: () => {
          if (open) counted.links--
          open = false
          sink.closed()
        },
      }
    }
    doors.push(await DOORS[name]({ ...context, connect }))
  }
  return { doors, stats: () => structuredClone(all) }
}

import type { Door, DoorContext } from './door'
import { webSocketDoor } from './websocket'

/** Every door of the server. Each request is offered to one after the other, in this order. */
export const openDoors = (context: DoorContext): readonly Door[] => [webSocketDoor(context)]

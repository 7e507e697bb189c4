import { WebSocket } from 'ws'
import { help } from './helpers'
import { gone } from './gone'
import { client } from '../client'

export const link = [WebSocket, help, gone, client]

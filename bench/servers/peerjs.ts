/** A process: peerjs' own server, which says its address when it listens. */
import type { AddressInfo } from 'node:net'
import { PeerServer } from 'peer'

PeerServer({ host: '127.0.0.1', port: 0, path: '/' }, (server) => console.log(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`))

import { Client } from 'tsunagu'
import { webSocket } from 'tsunagu/adapters/websocket'
import { acrossReloads } from 'tsunagu/reload'
import { startApp } from './app'

/** Where the signaling server is: on the page's own origin, unless the build says otherwise. */
const env = import.meta.env as Readonly<Record<string, string | undefined>>
const at = (path: string): string => new URL(path, location.href).href
const signalUrl = at(env['VITE_SIGNAL_URL'] ?? '/signal')
const iceUrl = at(env['VITE_ICE_URL'] ?? '/ice')

const root = document.querySelector<HTMLElement>('#app')
if (root)
  void startApp(
    root,
    (name) =>
      new Client({
        signaling: webSocket({ url: signalUrl }),
        // A guest's name is the whole token. A real app fetches a signed one here, from where its people log in.
        token: name,
        // A page that is loaded again goes on with its calls.
        keeper: acrossReloads(),
        ice: { servers: async () => (await fetch(iceUrl)).json() as Promise<{ iceServers: RTCIceServer[] }> },
      }),
  )

import type { LaunchOptions } from 'playwright'

/** Root in a container has no user namespace for the sandbox; everybody else keeps it. */
const isRoot = process.getuid?.() === 0

/** How the tests start Chromium: fake devices that need no permission, and connections over loopback. */
export const CHROMIUM: LaunchOptions = {
  // Debian's wrapper in /usr/bin adds flags of its own.
  executablePath: process.env.CHROMIUM_PATH ?? '/usr/lib/chromium/chromium',
  chromiumSandbox: !isRoot,
  args: [
    // Fewer pictures than the usual 20 are enough to see them move, and leave the machine to the tests.
    '--use-fake-device-for-media-stream=fps=10',
    '--use-fake-ui-for-media-stream',
    '--autoplay-policy=no-user-gesture-required',
    '--mute-audio',
    '--disable-quic',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
    '--disable-features=WebRtcHideLocalIpsWithMdns',
    '--allow-loopback-in-peer-connection',
  ],
}

/** How the tests start Firefox; it needs a sound server for its AudioContext, see `pulseaudio.ts`. */
export const FIREFOX: LaunchOptions = {
  // Drives an unpatched Firefox over WebDriver BiDi.
  channel: 'moz-firefox',
  executablePath: process.env.FIREFOX_PATH ?? '/usr/bin/firefox-esr',
  firefoxUserPrefs: {
    'media.navigator.streams.fake': true,
    'media.navigator.video.default_fps': 10,
    'media.navigator.permission.disabled': true,
    'media.peerconnection.ice.loopback': true,
    'media.peerconnection.ice.obfuscate_host_addresses': false,
    'media.autoplay.default': 0,
    'media.autoplay.blocking_policy': 0,
  },
}

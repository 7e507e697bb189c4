import type { Call, RemoteTrack } from 'tsunagu'
import { attach, playback } from 'tsunagu/dom'
import { announce } from './announce'
import { notice } from './views/notice'
import type { StageView } from './views/stage'

/** What playing the other side needs. */
export interface TheirMediaOptions {
  readonly call: Call
  readonly stage: StageView
  /** Something came, went, or fell silent. */
  readonly onChange: () => void
  /** Aborts when the call is over. */
  readonly signal: AbortSignal
}

/** Plays what the other side sends. Sound and picture of one source play in one element, so that they stay in sync. */
export const playTheirMedia = ({ call, stage, onChange, signal }: TheirMediaOptions): void => {
  const { name } = call.remote
  const show = (track: RemoteTrack): void => {
    attach(track, track.source.startsWith('screen') ? stage.media.screen : stage.media.camera)
    onChange()
  }
  for (const track of call.remote.tracks) show(track)
  call.on('trackAdded', ({ track }) => {
    show(track)
    if (track.source === 'screen') announce(`${name} shares a screen.`)
  }, { signal })
  call.on('trackRemoved', ({ track }) => {
    onChange()
    if (track.source === 'screen') announce(`${name} stopped sharing.`)
  }, { signal })
  const tellMute = (track: RemoteTrack): void => {
    onChange()
    // Of a call that is held everything is silent, and that was said.
    const { local, remote } = call.held
    if (call.state === 'active' && !local && !remote) announce(`${name}’s ${track.source} is ${track.muted ? 'off' : 'on'}.`)
  }
  call.on('trackMuted', ({ track }) => tellMute(track), { signal })
  call.on('trackUnmuted', ({ track }) => tellMute(track), { signal })

  // --- the browser may refuse to play before the person has touched the page
  const hint = notice({
    title: `Tap to hear ${name}`,
    text: 'The browser waits for you before it plays sound.',
    actions: [{ label: 'Play', icon: 'sound', tone: 'accent', onPress: () => void playback.unlock().catch(() => undefined) }],
  })
  playback.on('blocked', () => stage.show(hint), { signal })
  playback.on('unlocked', () => hint.remove(), { signal })
}

export { attach, type AttachOptions, type Followed, type PublishedMedia, type ReceivedMedia } from './attach'
export { setOutput } from './output'
export { type Playback, playback, type PlaybackEvents } from './playback'

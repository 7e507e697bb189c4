import { Thing } from './thing'

export default class Wrong {
  thing: Thing | undefined
  anything: any

  name(): string {
    return this.thing!.name
  }

  start(): void {
    this.load()
    setTimeout(() => this.load(), Date.now() * Math.random())
    globalThis.setInterval(() => undefined, 1)
    new RTCPeerConnection()
    navigator.vibrate(1)
    console.log('here')
  }

  async load(): Promise<void> {}
}

// Two people in a call, in a process of their own so that nothing but the server can disturb them: both say something every
// 20 ms, and what they hear is timed. Tells over IPC when the call is up, and how it went whenever it is asked.
import { WebSocket } from 'ws'

const CALL = 'the-call-of-aki-and-bob'
const EVERY_MS = 20
const url = process.argv[2].replace(/^http/, 'ws')

const wrong = []
let delays = []

class Person {
  said = 0
  heard = 0
  #n = 0
  #name

  constructor(name, told) {
    this.#name = name
    this.socket = new WebSocket(url, ['tsunagu.v1'])
    this.socket.on('error', (error) => wrong.push(`${name}: ${error.message}`))
    this.socket.on('close', (code) => wrong.push(`${name}'s link was closed: ${code}`))
    this.socket.on('open', () => this.say({ type: 'hello', v: 1, token: name, instance: `the one of ${name}` }))
    this.socket.on('message', (data) => this.#hear(JSON.parse(data.toString()), told))
  }

  say(frame) {
    this.socket.send(JSON.stringify(frame))
  }

  number(frame) {
    this.say({ ...frame, n: ++this.#n })
  }

  talk() {
    this.number({ type: 'leg', call: CALL, message: { word: ++this.said, at: performance.now() } })
  }

  #hear(frame, told) {
    if (typeof frame.n === 'number') this.say({ type: 'ack', received: frame.n })
    if (frame.type === 'ping') return this.say({ type: 'pong', id: frame.id })
    if (frame.type === 'leg' && frame.call === CALL) {
      delays.push(performance.now() - frame.message.at)
      if (frame.message.word !== ++this.heard) wrong.push(`${this.#name} heard word ${frame.message.word} in place of ${this.heard}`)
    } else if (frame.type === 'invited' && frame.call !== CALL) this.number({ type: 'end', call: frame.call, code: 'call/busy' })
    else if (frame.call === CALL && ['ended', 'link', 'control', 'ringing'].includes(frame.type)) wrong.push(`${this.#name} heard ${JSON.stringify(frame)}`)
    told(frame)
  }
}

const bob = new Person('bob', (frame) => {
  if (frame.type === 'welcome') setTimeout(() => aki.number({ type: 'invite', call: CALL, to: 'bob', media: { audio: true, video: true } }), 100)
  if (frame.type === 'invited' && frame.call === CALL) bob.number({ type: 'accept', call: CALL })
})
const aki = new Person('aki', ({ type }) => {
  if (type !== 'accepted') return
  setInterval(() => {
    aki.talk()
    bob.talk()
  }, EVERY_MS)
  process.send('up')
})

process.on('message', () => {
  const sorted = delays.sort((a, b) => a - b)
  const at = (share) => sorted[Math.floor((sorted.length - 1) * share)] ?? 0
  process.send({ said: aki.said + bob.said, heard: aki.heard + bob.heard, wrong, medianMs: at(0.5), p99Ms: at(0.99), maxMs: at(1) })
  delays = []
})
process.on('disconnect', () => process.exit())

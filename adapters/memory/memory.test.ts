import { describe, it } from 'vitest'
import { EchoServer, transportCases } from '../../src/testing'
import { memory } from '.'

describe('memory', () => {
  it.each(transportCases(() => ({ transport: memory(new EchoServer()) }), { unreachable: false }))('$name', ({ run }) => run())
})

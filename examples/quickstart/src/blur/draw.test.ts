import { beforeEach, expect, it, vi } from 'vitest'
import { drawBlurred, drawPerson } from './draw'

class FakePen {
  filter = 'none'
  globalCompositeOperation = 'source-over'
  readonly canvas = { width: 640, height: 360 }
  readonly drawn: string[] = []
  drawImage = (what: unknown): void => void this.drawn.push(`${String(what)} ${this.globalCompositeOperation} ${this.filter}`)
}

beforeEach(() => {
  vi.stubGlobal('OffscreenCanvas', class {
    readonly width: number
    readonly height: number
    constructor(width: number, height: number) {
      this.width = width
      this.height = height
    }
    getContext = () => ({ drawImage: () => undefined })
    toString = () => `canvas of ${this.width}`
  })
})

it('draws the person out of the mask and everything behind through a blur', () => {
  const pen = new FakePen()
  drawPerson('picture' as never, 'mask' as never, pen as never)
  expect(pen.drawn).toEqual(['mask copy blur(3px)', 'picture source-in none', 'picture destination-over blur(8px)'])
})

it('leaves nothing of what was drawn before', () => {
  const pen = new FakePen()
  drawBlurred('picture' as never, pen as never)
  expect(pen.drawn).toEqual(['picture copy blur(8px)'])
})

it('never draws a picture sharp where the canvas knows no filters', () => {
  const { filter: _, ...bare } = new FakePen()
  const pen = Object.assign(bare, { drawImage: vi.fn() })
  drawBlurred('picture' as never, pen as never)
  expect(pen.drawImage.mock.calls.map(([what]) => String(what))).toEqual(['canvas of 13'])
})

import { expect, it } from 'vitest'
import { cornerAfter, nearestCorner } from './corner'

it('finds the nearest corner', () => {
  expect(nearestCorner(10, 10, 800, 600)).toBe('top-left')
  expect(nearestCorner(790, 590, 800, 600)).toBe('bottom-right')
  expect(nearestCorner(401, 10, 800, 600)).toBe('top-right')
})

it('moves from corner to corner by arrow keys and by no other', () => {
  expect(cornerAfter('bottom-right', 'ArrowUp')).toBe('top-right')
  expect(cornerAfter('top-right', 'ArrowLeft')).toBe('top-left')
  expect(cornerAfter('top-left', 'ArrowLeft')).toBe('top-left')
  expect(cornerAfter('top-left', 'Enter')).toBe('top-left')
})

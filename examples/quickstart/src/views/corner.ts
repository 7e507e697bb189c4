/** Where the small pictures are. */
export type Corner = 'top-left' | 'top-right' | 'bottom-left' | 'bottom-right'

/** The corner nearest to a point, with the size of what has corners. */
export const nearestCorner = (x: number, y: number, width: number, height: number): Corner =>
  `${y < height / 2 ? 'top' : 'bottom'}-${x < width / 2 ? 'left' : 'right'}`

/** Where an arrow key moves to. */
export const cornerAfter = (corner: Corner, key: string): Corner => {
  const [vertical, horizontal] = corner.split('-') as ['top' | 'bottom', 'left' | 'right']
  switch (key) {
    case 'ArrowUp':
      return `top-${horizontal}`
    case 'ArrowDown':
      return `bottom-${horizontal}`
    case 'ArrowLeft':
      return `${vertical}-left`
    case 'ArrowRight':
      return `${vertical}-right`
    default:
      return corner
  }
}

/** Lets a small picture be dragged to a corner of its stage, or moved there by arrow keys; `data-corner` of the stage says where it is. */
export const makeMovable = (picture: HTMLElement, stage: HTMLElement): void => {
  const place = (corner: Corner): void => void (stage.dataset['corner'] = corner)
  place('bottom-right')
  picture.addEventListener('keydown', (event) => {
    const now = stage.dataset['corner'] as Corner
    const next = cornerAfter(now, event.key)
    if (next === now) return
    event.preventDefault()
    place(next)
  })
  picture.addEventListener('pointerdown', (down) => {
    if (down.button !== 0) return
    picture.setPointerCapture(down.pointerId)
    const dragging = new AbortController()
    const { signal } = dragging
    const move = (event: PointerEvent): void => {
      picture.style.translate = `${event.clientX - down.clientX}px ${event.clientY - down.clientY}px`
      picture.toggleAttribute('data-dragging', true)
    }
    const drop = (event: PointerEvent): void => {
      dragging.abort()
      picture.style.translate = ''
      picture.toggleAttribute('data-dragging', false)
      const { left, top, width, height } = stage.getBoundingClientRect()
      if (event.type === 'pointerup' && Math.hypot(event.clientX - down.clientX, event.clientY - down.clientY) > 8)
        place(nearestCorner(event.clientX - left, event.clientY - top, width, height))
    }
    picture.addEventListener('pointermove', move, { signal })
    picture.addEventListener('pointerup', drop, { signal })
    picture.addEventListener('pointercancel', drop, { signal })
  })
}

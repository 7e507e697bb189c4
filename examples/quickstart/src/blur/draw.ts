type Pen = OffscreenCanvasRenderingContext2D

/** How far the blur reaches, as a part of the picture's width: what is behind cannot be read any more. */
const REACH = 1 / 80

/** Draws a picture with all of it blurred. */
export const drawBlurred = (picture: CanvasImageSource, pen: Pen): void => {
  pen.globalCompositeOperation = 'copy'
  blur(picture, pen)
}

/** Draws the person sharp, where the mask is opaque, and everything behind blurred. */
export const drawPerson = (picture: CanvasImageSource, mask: CanvasImageSource, pen: Pen): void => {
  const { width, height } = pen.canvas
  pen.globalCompositeOperation = 'copy'
  // The mask is much smaller than the picture: a soft edge hides its steps.
  pen.filter = 'blur(3px)'
  pen.drawImage(mask, 0, 0, width, height)
  pen.filter = 'none'
  pen.globalCompositeOperation = 'source-in'
  pen.drawImage(picture, 0, 0, width, height)
  pen.globalCompositeOperation = 'destination-over'
  blur(picture, pen)
}

const blur = (picture: CanvasImageSource, pen: Pen): void => {
  const { width, height } = pen.canvas
  if ('filter' in pen) {
    const reach = Math.round(width * REACH)
    pen.filter = `blur(${reach}px)`
    // A blur fades at its edges: drawn a little larger, they lie outside.
    pen.drawImage(picture, -2 * reach, -2 * reach, width + 4 * reach, height + 4 * reach)
    pen.filter = 'none'
    return
  }
  // Safari's canvas has no filters, and would draw it sharp: small and large again is a blur too.
  const small = new OffscreenCanvas(Math.max(1, Math.round(width / 48)), Math.max(1, Math.round(height / 48)))
  small.getContext('2d')?.drawImage(picture, 0, 0, small.width, small.height)
  ;(pen as Pen).drawImage(small, 0, 0, width, height)
}

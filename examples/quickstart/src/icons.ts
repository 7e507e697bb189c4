const SVG = 'http://www.w3.org/2000/svg'

/** One shape for all telephones: lying it hangs up, turned it calls. */
const HANDSET =
  'M12 9c-3.4 0-6.5 1.1-9 3.2-.5.4-.6 1-.3 1.6l1.5 2.5c.3.5 1 .7 1.5.4l2.6-1.4c.4-.2.7-.6.7-1v-1.9c2-.6 4-.6 6 0v1.9c0 .4.3.8.7 1l2.6 1.4c.5.3 1.2.1 1.5-.4l1.5-2.5c.3-.6.2-1.2-.3-1.6C18.5 10.1 15.4 9 12 9z'

/** Drawn on 24 by 24, with a round line. */
const PATHS = {
  microphone: 'M12 3a3 3 0 0 0-3 3v5a3 3 0 0 0 6 0V6a3 3 0 0 0-3-3z M5.5 11a6.5 6.5 0 0 0 13 0 M12 17.5V21',
  microphoneOff:
    'M9 9.5V11a3 3 0 0 0 4.3 2.7 M15 10.5V6a3 3 0 0 0-5.8-1 M5.5 11a6.5 6.5 0 0 0 10 5.5 M18.5 11a6.5 6.5 0 0 1-.7 2.9 M12 17.5V21 M4 4l16 16',
  camera: 'M4.5 6.5h8.5a2 2 0 0 1 2 2v7a2 2 0 0 1-2 2H4.5a2 2 0 0 1-2-2v-7a2 2 0 0 1 2-2z M15 11.2l6.5-3.7v9L15 12.8',
  cameraOff:
    'M8.5 6.5H13a2 2 0 0 1 2 2V13 M15 11.2l6.5-3.7v9L18 14.5 M14.6 16.6a2 2 0 0 1-1.6.9H4.5a2 2 0 0 1-2-2v-7a2 2 0 0 1 1.7-2 M3.5 3.5l17 17',
  swap: 'M4 11.5A8 8 0 0 1 17.7 6.4L20 8.7 M20 4v4.7h-4.7 M20 12.5A8 8 0 0 1 6.3 17.6L4 15.3 M4 20v-4.7h4.7',
  screen:
    'M4.5 4h15a2 2 0 0 1 2 2v9a2 2 0 0 1-2 2h-15a2 2 0 0 1-2-2V6a2 2 0 0 1 2-2z M8.5 20.5h7 M12 13.5v-6 M9.3 10L12 7.3 14.7 10',
  screenOff: 'M4.5 4h15a2 2 0 0 1 2 2v9a2 2 0 0 1-2 2h-15a2 2 0 0 1-2-2V6a2 2 0 0 1 2-2z M8.5 20.5h7 M9.5 8l5 5 M14.5 8l-5 5',
  call: HANDSET,
  hangUp: HANDSET,
  pictureInPicture: 'M21.5 10V6.5a2 2 0 0 0-2-2h-15a2 2 0 0 0-2 2v10a2 2 0 0 0 2 2H9 M13.5 13.5h8v6h-8z',
  expand: 'M4 9V4h5 M15 4h5v5 M20 15v5h-5 M9 20H4v-5',
  shrink: 'M9 4v5H4 M20 9h-5V4 M15 20v-5h5 M4 15h5v5',
  settings:
    'M3.5 7.5h8 M17 7.5h3.5 M14.2 4.8a2.7 2.7 0 1 0 0 5.4 2.7 2.7 0 0 0 0-5.4z M3.5 16.5H7 M12.5 16.5h8 M9.8 13.8a2.7 2.7 0 1 0 0 5.4 2.7 2.7 0 0 0 0-5.4z',
  more: 'M5 12h.01 M12 12h.01 M19 12h.01',
  hold: 'M8.5 5v14 M15.5 5v14',
  resume: 'M8 5.2v13.6L19 12z',
  keypad: 'M5.5 5h.01 M12 5h.01 M18.5 5h.01 M5.5 11.5h.01 M12 11.5h.01 M18.5 11.5h.01 M5.5 18h.01 M12 18h.01 M18.5 18h.01',
  putThrough: 'M4 18v-3.5a6 6 0 0 1 6-6h9.5 M15 4l4.5 4.5L15 13',
  join: 'M4 6h3.5a5 5 0 0 1 4.3 2.5l2.4 4.2A5 5 0 0 0 18.5 15H20 M17 11.8l3.2 3.2-3.2 3.2 M4 18h3.5a5 5 0 0 0 3.5-1.4',
  blur: 'M12 4.5a3.8 3.8 0 1 0 0 7.6 3.8 3.8 0 0 0 0-7.6z M5.5 20.5a6.5 6.5 0 0 1 13 0 M3 5h.01 M3 10h.01 M21 5h.01 M21 10h.01 M3 15h.01 M21 15h.01',
  back: 'M14.5 5.5L8 12l6.5 6.5',
  close: 'M6 6l12 12 M18 6L6 18',
  link: 'M9.5 14.5l5-5 M11 6.5l1.5-1.5a4.6 4.6 0 0 1 6.5 6.5L17.5 13 M13 17.5L11.5 19A4.6 4.6 0 0 1 5 12.5L6.5 11',
  sound: 'M4 9.5v5h3.5l4.5 4v-13l-4.5 4H4z M15.5 9a4.2 4.2 0 0 1 0 6 M18 6.5a7.8 7.8 0 0 1 0 11',
  warning: 'M12 9.5v4.5 M12 17v.1 M10.6 4.3L2.7 18a1.6 1.6 0 0 0 1.4 2.4h15.8a1.6 1.6 0 0 0 1.4-2.4L13.4 4.3a1.6 1.6 0 0 0-2.8 0z',
  check: 'M5 12.5l4.5 4.5L19 7.5',
  leave: 'M10.5 4H6a2 2 0 0 0-2 2v12a2 2 0 0 0 2 2h4.5 M15.5 8l4 4-4 4 M19.5 12h-10',
  logo: 'M12 12c-2-3.2-3.9-4.7-6-4.7a4.7 4.7 0 0 0 0 9.4c2.1 0 4-1.5 6-4.7s3.9-4.7 6-4.7a4.7 4.7 0 0 1 0 9.4c-2.1 0-4-1.5-6-4.7z',
} as const

const FILLED: ReadonlySet<string> = new Set(['call', 'hangUp'])

/** Made of dots, which want a broader pen. */
const DOTTED: ReadonlySet<string> = new Set(['more', 'keypad'])

export type IconName = keyof typeof PATHS

/** Draws an icon; it says nothing to a screen reader, the button's own name does. */
export const icon = (name: IconName): SVGSVGElement => {
  const svg = document.createElementNS(SVG, 'svg')
  svg.setAttribute('viewBox', '0 0 24 24')
  svg.setAttribute('aria-hidden', 'true')
  svg.setAttribute('class', FILLED.has(name) ? 'icon filled' : DOTTED.has(name) ? 'icon dotted' : 'icon')
  const path = document.createElementNS(SVG, 'path')
  path.setAttribute('d', PATHS[name])
  if (name === 'call') path.setAttribute('transform', 'rotate(-135 12 12.5)')
  svg.append(path)
  if (name === 'logo')
    for (const x of ['6', '18']) {
      const person = document.createElementNS(SVG, 'circle')
      person.setAttribute('cx', x)
      person.setAttribute('cy', '12')
      person.setAttribute('r', '1.5')
      svg.append(person)
    }
  return svg
}

/** The thread that runs between two people. */
export const thread = (): SVGSVGElement => {
  const svg = document.createElementNS(SVG, 'svg')
  svg.setAttribute('viewBox', '0 0 160 48')
  svg.setAttribute('aria-hidden', 'true')
  svg.setAttribute('class', 'thread')
  const path = document.createElementNS(SVG, 'path')
  path.setAttribute('d', 'M2 24C26 2 54 2 80 24s54 22 78 0')
  svg.append(path)
  return svg
}

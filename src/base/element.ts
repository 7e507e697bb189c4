/* eslint-disable no-restricted-globals -- beside the runtime, which the core needs: what loads late and shared a file with it would have bundlers cut that out of the core */

/** An element outside of the page, to play or to draw what is processed. */
export const createElement = <Name extends 'audio' | 'canvas' | 'video'>(name: Name): HTMLElementTagNameMap[Name] =>
  document.createElement(name)

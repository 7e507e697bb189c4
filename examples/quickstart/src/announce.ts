import { say } from './element'

/** Tells a screen reader what the eye sees happen. */
export const announce = (text: string): void => {
  const region = document.querySelector('#announcer')
  if (region) say(region, text)
}

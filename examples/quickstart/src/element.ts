type Attributes = Readonly<Record<string, string | number | boolean | undefined>>

/** Makes an element. No HTML is ever parsed from a string, so a stranger's name cannot become markup. */
export const el = <Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  attributes: Attributes = {},
  ...children: readonly (Node | string | undefined)[]
): HTMLElementTagNameMap[Tag] => {
  const element = document.createElement(tag)
  set(element, attributes)
  element.append(...children.filter((child) => child !== undefined))
  return element
}

/** Sets attributes; `false` and `undefined` take one away, `true` sets it empty. */
export const set = (element: Element, attributes: Attributes): void => {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === false) element.removeAttribute(name)
    else element.setAttribute(name, value === true ? '' : String(value))
  }
}

/** Writes a text where it differs: a screen reader is not told again what it has read. */
export const say = (element: Element, text: string): void => {
  if (element.textContent !== text) element.textContent = text
}

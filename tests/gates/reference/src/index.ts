export const undocumented = 1

interface Hidden {
  readonly name: string
}

/** Leads to {@link Nowhere}. */
export const linked = (hidden: Hidden): string => hidden.name

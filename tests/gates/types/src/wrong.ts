export const first = (list: readonly string[]): string => list[0]
export const home = process.env.HOME

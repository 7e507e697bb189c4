export interface Hidden {
  readonly name: string
}
export interface Shown {
  readonly name: string
}

/**
 * Adds one.
 *
 * @example
 * ```ts
 * import { plusOne } from 'tsunagu/nowhere'
 * ```
 */
export const plusOne = (value: number): number => value + 1

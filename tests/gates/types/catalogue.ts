import type { ERROR_CATALOGUE } from '../../../scripts/error-catalogue'

// A code that nobody has written about.
export const catalogue: typeof ERROR_CATALOGUE = {
  'call/busy': { meaning: 'In another call.', remedy: 'Call again later.' },
}

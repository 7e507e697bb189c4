export { sse } from './sse'
export type { HttpOptions } from '../http/http-link'

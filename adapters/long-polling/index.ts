export { longPolling } from './long-polling'
export type { HttpOptions } from '../http/http-link'

export { one } from './one'

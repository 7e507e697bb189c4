export { one } from './index'

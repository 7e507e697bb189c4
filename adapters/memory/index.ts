export { memory, type MemoryHub } from './memory'

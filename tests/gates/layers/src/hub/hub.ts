import { fake } from '../testing/fake'

export const hub = fake

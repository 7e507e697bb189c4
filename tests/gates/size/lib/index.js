export const Client = 1

export const webSocket = 1

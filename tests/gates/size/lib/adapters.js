export const webSocket = 1
export const sse = 1
export const longPolling = 1
export const socketIo = 1
export const fallback = 1

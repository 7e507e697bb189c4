/** Tells a person from a room: gives a picture, of any size, that is opaque where the person is. */
export type Segmenter = (picture: VideoFrame) => Promise<ImageBitmap>

/** Loads it. */
export const loadSegmenter = async (): Promise<Segmenter> => Promise.reject(new Error('not yet'))

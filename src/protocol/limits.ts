/** Version of the wire protocol; the first frame of a client names it. */
export const PROTOCOL_VERSION = 1

/** Frames each side holds until the other has acknowledged them. */
export const MAX_HELD_FRAMES = 1_000

/** Bytes (UTF-8) of the frames each side holds until the other has acknowledged them. */
export const MAX_HELD_BYTES = 1_048_576

/** Bytes (UTF-8) of one frame of a client. The server's frames may be longer by what it adds: a sender in place of an address. */
export const MAX_FRAME_BYTES = 262_144

/** How many arrays and objects may lie in each other in what a server passes on unread. */
export const MAX_DEPTH = 64

/** Bytes (UTF-8) of the data of one part: a third of it in characters always fits. */
export const MAX_PART_BYTES = 49_152

/** Parts of one message. */
export const MAX_PARTS = 64

/** The highest epoch that the other side of a call can bring about. */
export const MAX_EPOCH = 2 ** 40

/** The highest epoch in a claim: what reclaims add to any other, 65,536 each, is claimed too. */
export const MAX_CLAIMED_EPOCH = 2 ** 50

/** Length of a text in UTF-8, as it counts against the limits. */
export const byteLength = (text: string): number => new TextEncoder().encode(text).length

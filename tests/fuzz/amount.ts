/** How many mutants of each type; FUZZ_FRAMES asks for fewer, or for many more over night. */
export const FRAMES = Number(process.env['FUZZ_FRAMES'] ?? 10_000)

/** How many of each type at each door of a server: as many at all of them together. FUZZ_DOOR_FRAMES asks for as many at each. */
export const DOOR_FRAMES = Number(process.env['FUZZ_DOOR_FRAMES'] ?? FRAMES / 4)

/** FUZZ_SEED makes other ones. */
export const SEED = Number(process.env['FUZZ_SEED'] ?? 20_261_120)

/** How many mutants of each type; FUZZ_FRAMES asks for fewer, or for many more over night. */
export const FRAMES = Number(process.env['FUZZ_FRAMES'] ?? 10_000)

/** FUZZ_SEED makes other ones. */
export const SEED = Number(process.env['FUZZ_SEED'] ?? 20_261_120)

declare const it: { skip(name: string, test: () => void): void }
it.skip('is switched off', () => undefined)

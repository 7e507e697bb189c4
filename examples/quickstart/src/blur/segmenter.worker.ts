/* eslint-disable @typescript-eslint/consistent-type-imports -- an import, of types too, would make a module of this script */
/**
 * Runs the library that finds the person in a picture, away from the page: its work makes no picture jerk, it goes on in a
 * hidden tab, and this file alone is served with leave to compile WebAssembly.
 *
 * A script and no module: the library wants `importScripts`. So nothing is imported here but types, and a block keeps names to themselves.
 */
{
  type Library = import('@mediapipe/selfie_segmentation').SelfieSegmentation
  type Files = import('./segmenter').SegmenterFiles
  type Answer = import('./segmenter').SegmenterAnswer

  interface Scope {
    importScripts(url: string): void
    postMessage(message: Answer, transfer: Transferable[]): void
    readonly SelfieSegmentation: new (config: { readonly locateFile: (name: string) => string }) => Library
    onmessage: (event: MessageEvent<Files | ImageBitmap>) => void
  }
  const scope = self as unknown as Scope

  /** It was made for pages: it looks for a window, adds `<script>`s and draws on `<canvas>`es. This much of a page is enough for it. */
  const pretendPage = (): void => {
    const nothing = (): undefined => undefined
    const script = () => {
      let loaded = nothing
      let url = ''
      return {
        setAttribute: (name: string, value: string) => void (name === 'src' && (url = value)),
        addEventListener: (name: string, listener: () => undefined) => void (name === 'load' && (loaded = listener)),
        run: () => {
          scope.importScripts(url)
          loaded()
        },
      }
    }
    const canvas = () => Object.assign(new OffscreenCanvas(1, 1), { style: {} })
    Object.assign(scope, {
      window: scope,
      alert: (text: string) => {
        throw new Error(text)
      },
      document: {
        createElement: (name: string) => (name === 'canvas' ? canvas() : script()),
        addEventListener: nothing,
        body: { appendChild: (element: ReturnType<typeof script>) => element.run() },
      },
    })
  }

  const start = async ({ library, others }: Files): Promise<(picture: ImageBitmap) => Promise<ImageBitmap>> => {
    pretendPage()
    scope.importScripts(library)
    const segmentation = new scope.SelfieSegmentation({ locateFile: (name) => others[name] ?? name })
    let found: (mask: ImageBitmap) => void = () => undefined
    segmentation.onResults(({ segmentationMask }) => found(segmentationMask as ImageBitmap))
    // The model for pictures that are broad, which is the smaller of the two.
    segmentation.setOptions({ modelSelection: 1 })
    await segmentation.initialize()
    return (picture) =>
      new Promise((resolve, reject) => {
        found = resolve
        segmentation.send({ image: picture as unknown as HTMLCanvasElement }).catch(reject)
      })
  }

  let segment: ((picture: ImageBitmap) => Promise<ImageBitmap>) | undefined

  const answer = async (data: Files | ImageBitmap): Promise<ImageBitmap | undefined> => {
    if (data instanceof ImageBitmap) {
      const mask = await segment?.(data)
      data.close()
      return mask
    }
    segment = await start(data)
    return undefined
  }

  scope.onmessage = ({ data }) => {
    answer(data).then(
      (mask) => scope.postMessage({ ...(mask && { mask }) }, mask ? [mask] : []),
      (error: unknown) => scope.postMessage({ error: error instanceof Error ? error.message : String(error) }, []),
    )
  }
}

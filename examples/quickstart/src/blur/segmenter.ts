import graph from '@mediapipe/selfie_segmentation/selfie_segmentation.binarypb?url'
import library from '@mediapipe/selfie_segmentation/selfie_segmentation.js?url'
import general from '@mediapipe/selfie_segmentation/selfie_segmentation.tflite?url'
import landscape from '@mediapipe/selfie_segmentation/selfie_segmentation_landscape.tflite?url'
import simdScript from '@mediapipe/selfie_segmentation/selfie_segmentation_solution_simd_wasm_bin.js?url'
import simd from '@mediapipe/selfie_segmentation/selfie_segmentation_solution_simd_wasm_bin.wasm?url'
import plainScript from '@mediapipe/selfie_segmentation/selfie_segmentation_solution_wasm_bin.js?url'
import plain from '@mediapipe/selfie_segmentation/selfie_segmentation_solution_wasm_bin.wasm?url'
import workerUrl from './segmenter.worker?worker&url'

/** Tells a person from a room: gives a picture, of any size, that is opaque where the person is. */
export type Segmenter = (picture: VideoFrame) => Promise<ImageBitmap>

/** Where the library and what it loads by itself lie, as the build put them. */
export interface SegmenterFiles {
  readonly library: string
  readonly others: Readonly<Record<string, string>>
}

/** What the worker says: it is ready, or here is a mask, or it failed. */
export interface SegmenterAnswer {
  readonly mask?: ImageBitmap
  readonly error?: string
}

const at = (path: string): string => new URL(path, location.href).href

const FILES: SegmenterFiles = {
  library: at(library),
  others: {
    'selfie_segmentation.binarypb': at(graph),
    'selfie_segmentation.tflite': at(general),
    'selfie_segmentation_landscape.tflite': at(landscape),
    'selfie_segmentation_solution_simd_wasm_bin.js': at(simdScript),
    'selfie_segmentation_solution_simd_wasm_bin.wasm': at(simd),
    'selfie_segmentation_solution_wasm_bin.js': at(plainScript),
    'selfie_segmentation_solution_wasm_bin.wasm': at(plain),
  },
}

/** What the model looks at: more would only make it slower. */
const WIDTH = 256
const HEIGHT = 144

/** Loads the library, in a worker of its own, from the files of this page. About 6 MB: call it when it is wanted. */
export const loadSegmenter = async (): Promise<Segmenter> => {
  // Vite's development server means modules unless told so; the build makes a script of it in any case.
  const worker = new Worker(trusted(workerUrl.replace('type=module', 'type=classic')))
  /** The worker answers in order. */
  const asked: { readonly resolve: (answer: SegmenterAnswer) => void; readonly reject: (error: Error) => void }[] = []
  const ask = (message: SegmenterFiles | ImageBitmap): Promise<SegmenterAnswer> =>
    new Promise((resolve, reject) => {
      asked.push({ resolve, reject })
      worker.postMessage(message, message instanceof ImageBitmap ? [message] : [])
    })
  worker.onmessage = ({ data }: MessageEvent<SegmenterAnswer>) => {
    const next = asked.shift()
    if (data.error === undefined) next?.resolve(data)
    else next?.reject(new Error(data.error))
  }
  worker.onerror = ({ message }) => {
    for (const { reject } of asked.splice(0)) reject(new Error(message || 'The worker could not be started.'))
  }
  await ask(FILES)
  return async (picture) => {
    const { mask } = await ask(await createImageBitmap(picture, { resizeWidth: WIDTH, resizeHeight: HEIGHT }))
    if (!mask) throw new Error('There is no mask.')
    return mask
  }
}

interface TrustedTypes {
  createPolicy(name: string, rules: { createScriptURL(url: string): string }): { createScriptURL(url: string): string }
}

/** Where the page's policy asks for trusted types, the address of a worker has to be of one: ours, and no other. */
const trusted = (url: string): string => {
  const { trustedTypes } = globalThis as { readonly trustedTypes?: TrustedTypes }
  policy ??= trustedTypes?.createPolicy('segmenter', { createScriptURL: () => url })
  return policy?.createScriptURL(url) ?? url
}
let policy: ReturnType<TrustedTypes['createPolicy']> | undefined

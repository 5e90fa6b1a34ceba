import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

/** Collects the garbage of this process, buffers included. */
export async function collectHeap(): Promise<void> {
  for (let i = 0; i < 3; i++) {
    collect()
    // What WeakRefs were asked for stays until the end of the turn.
    await new Promise((resolve) => setImmediate(resolve))
  }
}

/** Bytes of memory that objects and buffers take which are still in use. */
export async function usedBytes(): Promise<number> {
  await collectHeap()
  const { heapUsed, arrayBuffers } = process.memoryUsage()
  return heapUsed + arrayBuffers
}

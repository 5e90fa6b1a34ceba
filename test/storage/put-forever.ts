import { FolderObjectStore } from '../../core/storage/folder-object-store.ts'
import { systemRandom } from '../../core/system-random.ts'

// Puts objects into a folder until it is killed, several at once, whole and streamed, and prints each key once it is
// durable. Every byte of an object says how many ten thousands of bytes it has, less one.
const [, , folder = '', name = ''] = process.argv
const store = new FolderObjectStore(folder, systemRandom)

await Promise.all([0, 1, 2, 3].map(putForever))

async function putForever(worker: number): Promise<void> {
  for (let i = 0; ; i++) {
    const key = `${name}/${worker}/${i % 5}/${i}`
    const body = new Uint8Array(((i % 40) + 1) * 10_000).fill(i % 40)
    if (worker % 2 === 0) await store.put(key, body)
    else await store.putStream(key, pieces(body))
    process.stdout.write(`${key}\n`)
  }
}

async function* pieces(body: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let i = 0; i < body.length; i += 7_000) yield body.subarray(i, i + 7_000)
}

import type { DocId } from '../../postings/posting-list.ts'
import { encodeUtf8 } from '../../utf8.ts'
import type { BloomSection } from '../format/bloom-section.ts'
import type { EncodedIds } from '../format/encoded-ids.ts'
import type { IdSection } from '../format/id-section.ts'
import { type Plan, whenRead } from '../format/read-plan.ts'

/** Reads and finds the ids of one segment. */
export class IdReader {
  readonly #ids: IdSection
  readonly #bloom: BloomSection

  constructor(ids: IdSection, bloom: BloomSection) {
    this.#ids = ids
    this.#bloom = bloom
  }

  /** Reads the ids of documents, in the order of `docIds`. One round. */
  read(docIds: ArrayLike<DocId>): Plan<string[]> {
    return this.#ids.read(docIds)
  }

  /** Finds the docId of each id, or -1. Two rounds: the Bloom filter, then the blocks of the ids that the filter does not rule out. */
  find({ bytes, hashes }: EncodedIds): Plan<Int32Array> {
    return whenRead(this.#bloom.mayHold(hashes), (may) => {
      const candidates = bytes.filter((_, i) => may[i])
      return whenRead(this.#ids.find(candidates), (found) => {
        const docIds = new Int32Array(bytes.length).fill(-1)
        let next = 0
        for (let i = 0; i < docIds.length; i++) if (may[i]) docIds[i] = found[next++]!
        return docIds
      })
    })
  }

  /** Finds the first docId whose id is greater than `id`; the number of documents if none is. One round. */
  firstAfter(id: string): Plan<DocId> {
    return this.#ids.firstAfter(encodeUtf8(id))
  }

  /** Decodes all ids from the bytes of the whole file into the cache. A step is one block. */
  *decodeAll(whole: Uint8Array): Generator<void, void> {
    for (const block of this.#ids.blocks.decodeAll(whole)) {
      block.all()
      yield
    }
  }
}

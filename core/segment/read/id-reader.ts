import type { DocId } from '../../postings/posting-list.ts'
import { encodeUtf8 } from '../../utf8.ts'
import type { BloomSection } from '../format/bloom-section.ts'
import type { EncodedIds } from '../format/encoded-ids.ts'
import type { IdSection } from '../format/id-section.ts'
import { type Plan, whenRead } from '../format/read-plan.ts'

/** The ids of one segment, and where a given id is. */
export class IdReader {
  readonly #ids: IdSection
  readonly #bloom: BloomSection

  constructor(ids: IdSection, bloom: BloomSection) {
    this.#ids = ids
    this.#bloom = bloom
  }

  /** The ids of documents, in the order asked. One round. */
  read(docIds: ArrayLike<DocId>): Plan<string[]> {
    return this.#ids.read(docIds)
  }

  /** DocId of each id, or -1. Two rounds: the Bloom filter, then only the id blocks that it cannot rule out. */
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

  /** The first docId whose id is greater than `id`; the number of documents if there is none. One round. */
  firstAfter(id: string): Plan<DocId> {
    return this.#ids.firstAfter(encodeUtf8(id))
  }

  /** Decodes all ids, out of the whole file, into the cache. A step is one block. */
  *decodeAll(whole: Uint8Array): Generator<void, void> {
    for (const block of this.#ids.blocks.decodeAll(whole)) {
      block.all()
      yield
    }
  }
}

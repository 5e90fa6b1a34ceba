import { BLOCK_SIZE } from '../bytes/bit-packing.ts'
import { corrupt, withoutChecksum } from '../bytes/checksum.ts'
import { FREQUENT_DOC_FREQ } from './encode-postings.ts'
import { openPackedPostings } from './packed-postings.ts'
import type { PostingList, StoredList } from './posting-list.ts'
import { openShortPostings } from './short-postings.ts'

/**
 * Opens what {@link encodePostings} wrote. Lists of more than {@link FREQUENT_DOC_FREQ}
 * documents are held to their checksum here, O(bytes), so keep what is opened; shorter ones
 * count on the checksum of the dictionary block they came with. `bytes` is read in place if it
 * is aligned to four bytes and must not change; otherwise it is copied.
 *
 * @throws {CorruptDataError} for bytes that are not a list of that many documents
 */
export function openPostings(bytes: Uint8Array, list: StoredList): PostingList {
  const { docFreq, docCount, source } = list
  if (docFreq < 1 || docFreq > docCount) throw corrupt(source, `has ${docFreq} documents of ${docCount}`)
  if (docFreq < BLOCK_SIZE) return openShortPostings(bytes, list)
  return openPackedPostings(docFreq > FREQUENT_DOC_FREQ ? withoutChecksum(bytes, source) : bytes, list)
}

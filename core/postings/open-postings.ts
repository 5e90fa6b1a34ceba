import { BLOCK_SIZE } from '../bytes/bit-packing.ts'
import { corrupt, withoutChecksum } from '../bytes/checksum.ts'
import { FREQUENT_DOC_FREQ } from './encode-postings.ts'
import { openPackedPostings } from './packed-postings.ts'
import type { PostingList, StoredList } from './posting-list.ts'
import { openShortPostings } from './short-postings.ts'

/**
 * Opens a list that {@link encodePostings} wrote. Verifies the checksum of a list with more than {@link
 * FREQUENT_DOC_FREQ} documents, in O(bytes), so callers should cache the opened list. The checksum of its dictionary
 * block covers a shorter list. Reads `bytes` in place if they are aligned to four bytes; they must not change then.
 * Otherwise copies them.
 *
 * @throws {CorruptDataError} for bytes that are not a list of `docFreq` documents
 */
export function openPostings(bytes: Uint8Array, list: StoredList): PostingList {
  const { docFreq, docCount, source } = list
  if (docFreq < BLOCK_SIZE) return openShortPostings(bytes, list)
  if (docFreq > docCount) throw corrupt(source, `has ${docFreq} documents of ${docCount}`)
  return openPackedPostings(docFreq > FREQUENT_DOC_FREQ ? withoutChecksum(bytes, source) : bytes, list)
}

import { seededRandom } from '../../test/evaluation/seeded-random.ts'
import { findTestData } from '../../test/evaluation/test-data.ts'
import type { BenchDocument } from '../corpora/bench-document.ts'
import { generateDocuments } from '../corpora/generated-documents.ts'

const SEED = 1_000_003

/**
 * Generates endless replacements for a corpus of sentences: the id of a random document, with the contents that the
 * corpus's generator would give to the next new document. No two replacements have the same codes and rare words.
 *
 * @throws {Error} if the real data are missing
 */
export async function* changeDocuments(count: number): AsyncGenerator<BenchDocument> {
  const data = findTestData()
  if (!data) throw new Error('the real data are missing: set PRISM_TEST_DATA to their folder')
  const random = seededRandom(SEED)
  let generated = 0
  for await (const document of generateDocuments(data, Number.POSITIVE_INFINITY)) {
    if (generated++ < count) continue
    yield { ...document, id: `d${`${random.below(count)}`.padStart(8, '0')}` }
  }
}
